import type { FrequencySketch } from './frequency-sketch.ts';

/**
 * Which of those that leave the window without a hit take the place of the main queue's victim: those used more
 * than it of late; those used more by two, so that a loop that is too long for the cache does not wash out the
 * part that fits; those that were used before they came in; all.
 */
export type Admission = 'more-used' | 'clearly-more-used' | 'seen-before' | 'all';

/** How the adaptive policy runs a cache. */
export interface Setting {
  /** The part of the cache that is its window. */
  readonly windowShare: number;
  readonly admission: Admission;
  /** How many rounds of the main queue's hand an entry outlives: one for each hit, up to three, or only one. */
  readonly rounds: 'each-hit' | 'one';
}

/**
 * Whether a candidate takes the place of a victim.
 *
 * @param uses how often the candidate was used of late, the request that brought it in included
 */
export function admits(
  admission: Admission,
  uses: number,
  victimHash: number,
  sketch: FrequencySketch,
): boolean {
  if (admission === 'all') return true;
  if (admission === 'seen-before') return uses > 1;
  return uses > sketch.count(victimHash) + (admission === 'more-used' ? 0 : 1);
}

/** How many entries of a cache are its window: at least one, and one less than all at most. */
export function windowEntries(capacity: number, windowShare: number): number {
  return Math.max(1, Math.min(capacity - 1, Math.round(capacity * windowShare)));
}
