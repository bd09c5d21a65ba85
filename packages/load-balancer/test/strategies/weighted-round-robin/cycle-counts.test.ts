import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cycleCounts } from '../../../src/strategies/weighted-round-robin/cycle-counts.ts';

describe('cycleCounts', () => {
  it('is the weights, over their greatest common part', () => {
    expect(cycleCounts([1, 1, 1])).toEqual([1, 1, 1]);
    expect(cycleCounts([200, 300, 500])).toEqual([2, 3, 5]);
    expect(cycleCounts([7, 11, 1000])).toEqual([7, 11, 1000]);
    expect(cycleCounts([0.25, 1, 1.5])).toEqual([1, 4, 6]);
    expect(cycleCounts([0.1 + 0.2, 0.1])).toEqual([3, 1]);
    expect(cycleCounts([999, 1000])).toEqual([999, 1000]);
  });

  it('is proportional to any integer weights up to 1000 whose cycle is short enough', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 65 }), (weights) => {
        const counts = cycleCounts(weights);
        const scale = (counts[0] as number) / (weights[0] as number);
        counts.forEach((count, at) => {
          expect(count).toBeCloseTo((weights[at] as number) * scale, 6);
        });
      }),
    );
  });

  it('is near the weights where they have no common part, with a turn for each at least', () => {
    const weight = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 200 }), (weights) => {
        const counts = cycleCounts(weights);
        const total = weights.reduce((sum, each) => sum + each, 0);
        const turns = Math.max(1024, 16 * weights.length);
        counts.forEach((count, at) => {
          expect(Number.isInteger(count) && count >= 1).toBe(true);
          const share = (weights[at] as number) / total;
          if (counts.length > 1 && !isExact(counts, weights)) {
            expect(Math.abs(count - Math.max(1, share * turns))).toBeLessThanOrEqual(0.5 + 1e-9);
          }
        });
      }),
    );
  });

  it('keeps the cycle short, however far apart the weights are', () => {
    const counts = cycleCounts([...Array.from({ length: 1000 }, () => 1000), 0.001]);
    expect(counts.at(-1)).toBe(1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2 ** 16);
  });
});

function isExact(counts: readonly number[], weights: readonly number[]): boolean {
  const scale = (counts[0] as number) / (weights[0] as number);
  return counts.every((count, at) => Math.abs(count - (weights[at] as number) * scale) < 1e-6 * count);
}
