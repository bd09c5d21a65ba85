import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingCounts } from '../../src/execution/sliding-counts.ts';

describe('SlidingCounts', () => {
  it('counts what is younger than the window, to a tenth of it', () => {
    const adds = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.boolean()), { maxLength: 100 });
    fc.assert(
      fc.property(adds, (steps) => {
        const counts = new SlidingCounts(1000);
        const seen: { atMs: number; second: number }[] = [];
        let nowMs = 12_345;
        for (const [waitMs, isSecond] of steps) {
          nowMs += waitMs;
          counts.moveTo(nowMs);
          counts.add(1, Number(isSecond));
          seen.push({ atMs: nowMs, second: Number(isSecond) });
          // Whole parts: the one that is begun and the nine before it.
          const fromMs = 100 * (Math.floor(nowMs / 100) - 9);
          const inside = seen.filter(({ atMs }) => atMs >= fromMs);
          expect(counts.first).toBe(inside.length);
          expect(counts.second).toBe(inside.reduce((sum, { second }) => sum + second, 0));
        }
        counts.moveTo(nowMs + 1e9);
        expect([counts.first, counts.second]).toEqual([0, 0]);
      }),
    );
  });
});
