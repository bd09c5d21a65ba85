import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverloadDetector } from '../../src/admission/overload-detector.ts';
import { Pace } from '../../src/admission/pace.ts';

/** Work that takes the one place there is for a time, back to back. */
function paceOf(serviceMs: number, startIntervalMs = serviceMs): Pace {
  const pace = new Pace();
  pace.serviceMs = serviceMs;
  pace.startIntervalMs = startIntervalMs;
  return pace;
}

/**
 * A queue of one class before a server with one place, with regular arrivals at `load` times its capacity.
 * Returns when it was first overloaded, in ms.
 */
function overloadedAt(
  detector: OverloadDetector,
  pace: Pace,
  load: number,
  forMs: number,
): number | undefined {
  let backlog = 0;
  let arrivals = 0;
  let starts = 0;
  for (let at = 0; at < forMs; at++) {
    for (; arrivals < (at / pace.startIntervalMs) * load; arrivals++) {
      backlog += 1;
      detector.arrived(backlog, false, pace, at);
      if (detector.overloaded) return at;
    }
    for (; starts < at / pace.startIntervalMs; starts++) {
      if (backlog === 0) continue;
      backlog -= 1;
      if (backlog === 0) detector.cleared(at);
      else detector.started();
    }
  }
  return undefined;
}

describe('OverloadDetector', () => {
  it('takes no burst for an overload that can be served within what people bear', () => {
    const detector = new OverloadDetector();
    const pace = paceOf(5);
    for (let backlog = 1; backlog <= 60; backlog++) detector.arrived(backlog, false, pace, 0);
    expect(detector).toMatchObject({ overloaded: false, budgetMs: 300 });
    detector.arrived(61, false, pace, 0);
    expect(detector).toMatchObject({ overloaded: true, budgetMs: 40 });
  });

  it('bears a burst of 40, however long work takes', () => {
    const detector = new OverloadDetector();
    for (let backlog = 1; backlog <= 40; backlog++) detector.arrived(backlog, false, paceOf(1000), 0);
    expect(detector).toMatchObject({ overloaded: false, budgetMs: 40_000 });
  });

  it.each([
    [2, 5, 300],
    [3, 5, 150],
    [5, 5, 150],
    [2, 50, 2000],
  ])(
    'finds a load of %s times the capacity, work taking %s ms, within %s ms',
    (load, serviceMs, withinMs) => {
      const at = overloadedAt(new OverloadDetector(), paceOf(serviceMs), load, 60_000);
      expect(at).toBeGreaterThan(50);
      expect(at).toBeLessThanOrEqual(withinMs);
    },
  );

  it('finds none below the capacity', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 0.99, noNaN: true }),
        fc.double({ min: 1, max: 200, noNaN: true }),
        (load, serviceMs) => {
          expect(overloadedAt(new OverloadDetector(), paceOf(serviceMs), load, 5000)).toBeUndefined();
        },
      ),
    );
  });

  it('lets work wait for as long as eight starts or one service under overload, and 20 ms at least', () => {
    const budget = (pace: Pace) => {
      const detector = new OverloadDetector();
      for (let backlog = 1; backlog <= 10_000; backlog++) detector.arrived(backlog, false, pace, 0);
      expect(detector.overloaded).toBe(true);
      return detector.budgetMs;
    };
    expect(budget(paceOf(0.1))).toBe(20);
    expect(budget(paceOf(5))).toBe(40);
    expect(budget(paceOf(100, 5))).toBe(100);
  });

  it('is over when nothing waits any more, and wary for half a second', () => {
    const detector = new OverloadDetector();
    const pace = paceOf(5);
    const burst = (backlogs: number, at: number) => {
      for (let backlog = 1; backlog <= backlogs; backlog++) detector.arrived(backlog, false, pace, at);
      return detector.overloaded;
    };
    expect(burst(61, 0)).toBe(true);
    detector.cleared(100);
    expect(detector.overloaded).toBe(false);
    expect(burst(8, 599)).toBe(false);
    expect(burst(9, 599)).toBe(true);
    detector.cleared(600);
    detector.cleared(601);
    expect(burst(60, 1100)).toBe(false);
  });

  it('lets work wait for a shorter time where less important work is overloaded', () => {
    const detector = new OverloadDetector();
    for (let backlog = 1; backlog <= 8; backlog++) detector.arrived(backlog, true, paceOf(5), 0);
    expect(detector).toMatchObject({ overloaded: false, budgetMs: 40 });
    detector.arrived(9, true, paceOf(5), 0);
    expect(detector.overloaded).toBe(true);
  });

  it('never gives a budget that is no number', () => {
    const figures = fc.record({
      backlog: fc.nat(10_000),
      isPressed: fc.boolean(),
      intervalMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      serviceMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      stepMs: fc.double({ min: 0, max: 1e4, noNaN: true }),
      next: fc.constantFrom('started' as const, 'cleared' as const, 'nothing' as const),
    });
    fc.assert(
      fc.property(fc.array(figures), (steps) => {
        const detector = new OverloadDetector();
        let nowMs = 0;
        for (const { backlog, isPressed, intervalMs, serviceMs, stepMs, next } of steps) {
          nowMs += stepMs;
          detector.arrived(backlog, isPressed, paceOf(serviceMs, intervalMs), nowMs);
          expect(detector.budgetMs).toBeGreaterThanOrEqual(20);
          expect(detector.budgetMs).toBeLessThan(Infinity);
          if (next === 'started') detector.started();
          if (next === 'cleared') detector.cleared(nowMs);
        }
      }),
    );
  });
});
