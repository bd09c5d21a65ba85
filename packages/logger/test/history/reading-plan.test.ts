import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planReading, TIER_STEPS } from '../../src/history/reading-plan.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2024, 0, 15, 10, 17, 23);

const tiers = [
  { stepMs: TIER_STEPS.tenSeconds, keptMs: 2 * HOUR },
  { stepMs: TIER_STEPS.minutes, keptMs: DAY },
  { stepMs: TIER_STEPS.hours, keptMs: 14 * DAY },
];

const plan = (from: number, to: number, steps: number) =>
  planReading({ range: { from, to }, steps, events: true, benchmarks: true }, tiers, NOW);

describe('planReading', () => {
  it('reads most of a range from coarse steps and its ends from finer ones', () => {
    const from = NOW - 20 * HOUR;
    const { stepMs, pieces } = plan(from, NOW, 20);
    expect(stepMs).toBe(HOUR);
    expect(pieces).toEqual([
      // 14:17:23 is no whole minute; its ten seconds are not kept any more.
      { stepMs: MINUTE, from: from - 23_000, to: NOW - 23_000 - 17 * MINUTE - 19 * HOUR },
      { stepMs: HOUR, from: NOW - 23_000 - 17 * MINUTE - 19 * HOUR, to: NOW - 23_000 - 17 * MINUTE },
      { stepMs: MINUTE, from: NOW - 23_000 - 17 * MINUTE, to: NOW - 23_000 },
      { stepMs: 10_000, from: NOW - 23_000, to: NOW + 7000 },
    ]);
  });

  it('splits no finer than what is kept of the beginning', () => {
    expect(plan(NOW - HOUR, NOW, 5000).stepMs).toBe(10_000);
    expect(plan(NOW - 3 * HOUR, NOW, 5000).stepMs).toBe(MINUTE);
    expect(plan(NOW - 2 * DAY, NOW, 5000).stepMs).toBe(HOUR);
    expect(plan(NOW - 400 * DAY, NOW, 10).stepMs).toBe(40 * DAY);
  });

  it('covers every range without gap or overlap, from what is kept', () => {
    const offset = fc.integer({ min: 0, max: 20 * DAY });
    fc.assert(
      fc.property(offset, offset, fc.integer({ min: 1, max: 5000 }), (a, b, steps) => {
        const [from, to] = [NOW - Math.max(a, b) - 1, NOW - Math.min(a, b)];
        const read = plan(from, to, steps);
        expect(read.from).toBeLessThanOrEqual(from);
        expect(read.to).toBeGreaterThanOrEqual(to);
        expect(read.pieces.at(0)?.from).toBe(read.from);
        expect(read.pieces.at(-1)?.to).toBe(read.to);
        for (const [index, piece] of read.pieces.entries()) {
          expect(piece.to).toBeGreaterThan(piece.from);
          expect(piece.from % piece.stepMs).toBe(0);
          expect(piece.to % piece.stepMs).toBe(0);
          expect(read.stepMs % piece.stepMs).toBe(0);
          if (index > 0) expect(piece.from).toBe(read.pieces[index - 1]?.to);
          // What is read of the oldest tier may be gone; of the others it must be there.
          const { keptMs = 0 } = tiers.find(({ stepMs }) => stepMs === piece.stepMs) ?? {};
          if (piece.stepMs < HOUR) expect(piece.from).toBeGreaterThanOrEqual(NOW - keptMs - piece.stepMs);
        }
        // Only what is no longer kept in finer steps is rounded to coarser ones.
        if (from >= NOW - 2 * HOUR) expect([read.from, read.to]).toEqual([down(from), up(to)]);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

function down(time: number): number {
  return Math.floor(time / 10_000) * 10_000;
}

function up(time: number): number {
  return Math.ceil(time / 10_000) * 10_000;
}
