import type { Recommendation } from '@evenkeel/core';
import { OWN_ADVICE } from './advice/advice.ts';
import type { NamedValue, Verdict } from './report.ts';
import { VERDICT_RANK } from './verdicts.ts';

/** What a host's function gave, as advice; what reports have given before is none of the host's. */
export function readRecommendations(given: unknown): Recommendation[] {
  if (!Array.isArray(given)) throw new TypeError(`recommendations() gave ${typeof given}, not a list`);
  return given.filter(
    (each: Partial<Recommendation> | null | undefined) => !each?.id?.startsWith?.(OWN_ADVICE),
  );
}

/** What a host's function gave, as figures; what is none is left out. */
export function readUsage(given: unknown): NamedValue[] {
  if (!Array.isArray(given)) throw new TypeError(`resourceUsage() gave ${typeof given}, not a list`);
  return given.flatMap((each: Partial<Record<keyof NamedValue, unknown>> | null | undefined) => {
    const { name, value, unit, verdict } = each ?? {};
    if (typeof name !== 'string' || typeof value !== 'number') return [];
    return [
      {
        name,
        value,
        unit: typeof unit === 'string' ? unit : '',
        verdict: isVerdict(verdict) ? verdict : 'unknown',
      },
    ];
  });
}

function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'string' && Object.hasOwn(VERDICT_RANK, value);
}
