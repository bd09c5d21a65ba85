import type { MetricsSnapshot } from '../snapshot.ts';
import { spellNumber } from './spell-number.ts';

/** The snapshot as JSON; numbers that JSON lacks are the strings `"NaN"`, `"+Inf"` and `"-Inf"`. */
export function renderJson(snapshot: MetricsSnapshot): string {
  return JSON.stringify(snapshot, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? spellNumber(value) : value,
  );
}
