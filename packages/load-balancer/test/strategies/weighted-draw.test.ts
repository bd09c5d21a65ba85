import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightedDraw } from '../../src/strategies/weighted-draw.ts';

const DRAWS = 4000;

describe('WeightedDraw', () => {
  it('draws in proportion to the weights, after any changes', () => {
    const weight = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0.05, max: 30, noNaN: true }));
    const changes = fc.array(fc.tuple(fc.nat(11), weight), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(changes, fc.nat(1000), (each, seed) => {
        const draw = new WeightedDraw();
        const weights = Array.from({ length: 12 }, () => 0);
        for (const [slot, to] of each) {
          draw.set(slot, to);
          weights[slot] = to;
        }
        const random = seededRandom(seed);
        const total = weights.reduce((sum, to) => sum + to, 0);
        if (total === 0) {
          expect(draw.drawExcept(random, undefined)).toBe(-1);
          return;
        }
        const counts = weights.map(() => 0);
        for (let at = 0; at < DRAWS; at++) {
          const slot = draw.drawExcept(random, undefined);
          counts[slot] = (counts[slot] as number) + 1;
        }
        counts.forEach((count, slot) => {
          const share = (weights[slot] as number) / total;
          // Six standard deviations: one failure in a billion.
          const noise = 6 * Math.sqrt((share * (1 - share)) / DRAWS) + 6 / DRAWS;
          expect(Math.abs(count / DRAWS - share)).toBeLessThanOrEqual(share === 0 ? 0 : noise);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('finds the only one that is not tried, however light it is', () => {
    const draw = new WeightedDraw();
    const random = seededRandom(5);
    for (let slot = 0; slot < 6; slot++) draw.set(slot, slot === 4 ? 1e-12 : 1000);
    expect(draw.drawExcept(random, [0, 1, 2, 3, 5])).toBe(4);
    expect(draw.drawExcept(random, [0, 1, 2, 3, 4, 5])).toBe(-1);
    draw.set(4, 0);
    expect(draw.drawExcept(random, [0, 1, 2, 3, 5])).toBe(-1);
  });
});
