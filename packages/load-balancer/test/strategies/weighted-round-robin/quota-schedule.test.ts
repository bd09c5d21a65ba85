import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotaSchedule } from '../../../src/strategies/weighted-round-robin/quota-schedule.ts';

/* How far the worst party is from its share at the worst moment, after checking that each has its turns. */
function worstDeviation(counts: readonly number[]): number {
  const schedule = quotaSchedule(counts);
  const served = counts.map(() => 0);
  let worst = 0;
  schedule.forEach((party, time) => {
    served[party] = (served[party] as number) + 1;
    counts.forEach((count, at) => {
      const share = ((time + 1) * count) / schedule.length;
      worst = Math.max(worst, Math.abs((served[at] as number) - share));
    });
  });
  expect(served).toEqual(counts);
  return worst;
}

describe('quotaSchedule', () => {
  it('gives each its turns, and is never one ahead of a share nor behind', () => {
    const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(fc.array(count, { minLength: 1, maxLength: 25 }), (counts) => {
        expect(worstDeviation(counts)).toBeLessThan(1);
      }),
      { numRuns: 500 },
    );
  });

  it('is so for the hard cases: one large and many small, and many sizes', () => {
    expect(worstDeviation([50, ...Array.from({ length: 49 }, () => 1)])).toBeLessThan(1);
    expect(worstDeviation(Array.from({ length: 40 }, (_, at) => 1 + at))).toBeLessThan(1);
    expect(worstDeviation(Array.from({ length: 200 }, () => 1))).toBeLessThan(1);
    expect(worstDeviation([5, 1, 1])).toBeLessThan(1);
  });

  it('takes turns between two', () => {
    expect([...quotaSchedule([2, 1])]).toEqual([0, 1, 0]);
    expect([...quotaSchedule([3, 3])]).toEqual([0, 1, 0, 1, 0, 1]);
  });
});
