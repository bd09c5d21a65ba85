import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DueReport, ReportSchedule } from '../../../src/report/schedule/report-schedule.ts';

const MINUTE = 60_000;
const TEN = 10 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Saturday, 2026-11-21 10:20 UTC. */
const NOW = Date.UTC(2026, 10, 21, 10, 20);

function scheduled(intervalMs = HOUR, takesMs = 0) {
  const clock = new VirtualClock(NOW);
  const made: (DueReport & { readonly at: number })[] = [];
  const state = { underWay: 0, most: 0, fails: false };
  const schedule = new ReportSchedule({
    intervalMs,
    clock,
    report: async (due) => {
      state.underWay += 1;
      state.most = Math.max(state.most, state.underWay);
      if (takesMs > 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, takesMs));
      state.underWay -= 1;
      if (!state.fails) made.push({ ...due, at: clock.now() });
      return !state.fails;
    },
  });
  return { clock, made, schedule, state };
}

const at = (hour: number, minute = 0, second = 0) => Date.UTC(2026, 10, 21, hour, minute, second);

describe('a schedule', () => {
  it('reports whole hours of the clock, once their records have settled', async () => {
    const { clock, made, schedule } = scheduled();
    schedule.start();
    schedule.start();
    expect(clock.pending).toBe(1);
    await clock.advanceAsync(2 * HOUR);
    expect(made).toEqual([
      { from: at(10), to: at(11), missed: 0, at: at(11, 0, 5) },
      { from: at(11), to: at(12), missed: 0, at: at(12, 0, 5) },
    ]);
    await schedule.stop();
    await schedule.stop();
    expect(clock.pending).toBe(0);
  });

  it('begins days at midnight and weeks on Monday, UTC', async () => {
    for (const [intervalMs, from] of [
      [DAY, Date.UTC(2026, 10, 21)],
      [7 * DAY, Date.UTC(2026, 10, 16)],
    ] as const) {
      const { clock, made, schedule } = scheduled(intervalMs);
      schedule.start();
      await clock.advanceAsync(intervalMs);
      expect(made).toMatchObject([{ from, to: from + intervalMs }]);
      await schedule.stop();
    }
  });

  it('makes one report of all that was missed in a sleep', async () => {
    const { clock, made, schedule } = scheduled();
    schedule.start();
    await clock.advanceAsync(10 * MINUTE);
    // Asleep: the wall clock goes on, timers do not.
    clock.setWallTime(at(15, 30));
    await clock.advanceAsync(MINUTE);
    expect(made).toMatchObject([{ from: at(10), to: at(15), missed: 4 }]);
    await clock.advanceAsync(HOUR);
    expect(made.slice(1)).toMatchObject([{ from: at(15), to: at(16), missed: 0 }]);
    await schedule.stop();
  });

  it('makes one report of the time it was stopped', async () => {
    const { clock, made, schedule } = scheduled();
    schedule.start();
    await clock.advanceAsync(HOUR);
    await schedule.stop();
    await clock.advanceAsync(3 * HOUR);
    schedule.start();
    await clock.advanceAsync(MINUTE);
    expect(made).toMatchObject([
      { from: at(10), to: at(11), missed: 0 },
      { from: at(11), to: at(14), missed: 2 },
    ]);
    await schedule.stop();
  });

  it('reports nothing twice when the clock is set back a little', async () => {
    const { clock, made, schedule } = scheduled();
    schedule.start();
    await clock.advanceAsync(41 * MINUTE);
    clock.setWallTime(at(10, 59));
    await clock.advanceAsync(30 * MINUTE);
    expect(made).toHaveLength(1);
    await clock.advanceAsync(HOUR);
    expect(made).toMatchObject([{ to: at(11) }, { from: at(11), to: at(12) }]);
    await schedule.stop();
  });

  it('reports anew from where the clock was set back to', async () => {
    const { clock, made, schedule } = scheduled();
    schedule.start();
    await clock.advanceAsync(41 * MINUTE);
    clock.setWallTime(at(7, 30));
    await clock.advanceAsync(31 * MINUTE);
    expect(made).toMatchObject([{ to: at(11) }, { from: at(7), to: at(8), missed: 0 }]);
    await schedule.stop();
  });

  it('tries again what failed, later and later, and covers the time until then', async () => {
    const { clock, made, schedule, state } = scheduled();
    schedule.start();
    state.fails = true;
    await clock.advanceAsync(3 * HOUR);
    state.fails = false;
    await clock.advanceAsync(HOUR);
    expect(made[0]).toMatchObject({ from: at(10) });
    expect(made.at(-1)).toMatchObject({ to: at(14) });
    expect(made.length).toBeLessThanOrEqual(2);
    await schedule.stop();
  });

  it('never runs twice at once, and waits at its stop', async () => {
    const { clock, made, schedule, state } = scheduled(MINUTE, 150_000);
    schedule.start();
    await clock.advanceAsync(10 * MINUTE);
    expect(state.most).toBe(1);
    expect(made.length).toBeGreaterThan(2);
    let stopped = false;
    const stopping = schedule.stop().then(() => {
      stopped = true;
    });
    const before = made.length;
    await clock.advanceAsync(0);
    expect(stopped).toBe(state.underWay === 0);
    await clock.advanceAsync(150_000);
    await stopping;
    expect(state.underWay).toBe(0);
    expect(made.length - before).toBeLessThanOrEqual(1);
    await clock.advanceAsync(HOUR);
    expect(clock.pending).toBe(0);
  });

  it('covers time without a gap or an overlap, under sleeps, failures, stops and slow reports (property)', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3 * TEN }) }),
      fc.record({ kind: fc.constant('sleep' as const), ms: fc.integer({ min: 0, max: 6 * TEN }) }),
      fc.record({ kind: fc.constant('back' as const), ms: fc.integer({ min: 0, max: TEN - 2 * MINUTE }) }),
      fc.record({ kind: fc.constant('fail' as const), ms: fc.integer({ min: 0, max: 2 * TEN }) }),
      fc.record({ kind: fc.constant('stop' as const), ms: fc.integer({ min: 0, max: 2 * TEN }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 0, max: 90_000 }),
        async (steps, takesMs) => {
          const { clock, made, schedule, state } = scheduled(TEN, takesMs);
          schedule.start();
          let setBack = 0;
          for (const { kind, ms } of steps) {
            if (kind === 'pass') await clock.advanceAsync(ms);
            else if (kind === 'sleep') clock.setWallTime(clock.now() + ms);
            else if (kind === 'back') {
              // Less than an interval in all: beyond, time is reported anew.
              const back = Math.min(ms, TEN - 2 * MINUTE - setBack);
              setBack += back;
              clock.setWallTime(clock.now() - back);
            } else if (kind === 'fail') {
              state.fails = true;
              await clock.advanceAsync(ms);
              state.fails = false;
            } else {
              const stopping = schedule.stop();
              await clock.advanceAsync(ms + takesMs);
              await stopping;
              schedule.start();
            }
          }
          await clock.advanceAsync(4 * TEN);
          expect(state.most).toBeLessThanOrEqual(1);
          expect(made.length).toBeGreaterThan(0);
          for (const [index, { from, to, missed }] of made.entries()) {
            expect(from).toBe(made[index - 1]?.to ?? at(10, 10));
            expect((to - from) % TEN).toBe(0);
            expect(missed).toBe((to - from) / TEN - 1);
          }
          // Whatever has happened: the last whole hour was reported soon after its end.
          expect(clock.now() - (made.at(-1)?.to ?? 0)).toBeLessThan(2 * TEN + 5 * MINUTE);
          const stopping = schedule.stop();
          await clock.advanceAsync(takesMs);
          await stopping;
        },
      ),
      { numRuns: 40 },
    );
  });
});
