import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLimit } from '../../../src/limiter/concurrency-limiter-options.ts';
import type { EndedCall, LimitStrategy } from '../../../src/limiter/index.ts';

/** Calls one after another, each as it would be told to a strategy with that limit. */
interface Step {
  readonly gapMs: number;
  readonly durationMs: number;
  /** Part of the limit that was in use. */
  readonly use: number;
  readonly outcome: EndedCall['outcome'];
}

const steps = (outcome: fc.Arbitrary<EndedCall['outcome']>, use: fc.Arbitrary<number>) =>
  fc.array(
    fc.record({
      gapMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1000, noNaN: true })),
      durationMs: fc.oneof(
        fc.constant(0),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
      ),
      use,
      outcome,
    }),
    { maxLength: 400 },
  );

/** Tells a strategy of calls, and gives the limits that it had after each. */
function play(strategy: LimitStrategy, calls: Iterable<Step>): number[] {
  const limits: number[] = [];
  let nowMs = 0;
  for (const { gapMs, durationMs, use, outcome } of calls) {
    nowMs += gapMs;
    const inFlight = Math.max(1, Math.round(use * strategy.limit));
    strategy.record({ startedMs: nowMs - durationMs, endedMs: nowMs, inFlight, outcome });
    limits.push(strategy.limit);
  }
  return limits;
}

/** What holds for every strategy. */
export function describeStrategy(
  name: string,
  create: () => LimitStrategy,
  bounds: { readonly min: number; readonly max: number },
): void {
  describe(`${name}, as any strategy`, () => {
    const any = steps(fc.constantFrom('success', 'dropped'), fc.double({ min: 0, max: 1.5, noNaN: true }));

    it('has a limit that can be used, within its bounds, whatever the calls did', () => {
      fc.assert(
        fc.property(any, (calls) => {
          for (const limit of play(create(), calls)) {
            expect(isLimit(limit)).toBe(true);
            expect(limit).toBeGreaterThanOrEqual(bounds.min);
            expect(limit).toBeLessThanOrEqual(bounds.max);
          }
        }),
      );
    });

    it('says the same of the same calls', () => {
      fc.assert(
        fc.property(any, (calls) => {
          expect(play(create(), calls)).toEqual(play(create(), calls));
        }),
      );
    });

    it('does not raise a limit that is not used', () => {
      const unused = steps(fc.constant('success'), fc.double({ min: 0, max: 0.5, noNaN: true }));
      fc.assert(
        fc.property(unused, (calls) => {
          const strategy = create();
          const initial = strategy.limit;
          for (const limit of play(strategy, calls)) expect(limit).toBeLessThanOrEqual(initial);
        }),
      );
    });

    it('does not raise its limit while all calls are dropped', () => {
      const dropped = steps(fc.constant('dropped'), fc.double({ min: 0, max: 1, noNaN: true }));
      fc.assert(
        fc.property(dropped, (calls) => {
          const strategy = create();
          let before = strategy.limit;
          for (const limit of play(strategy, calls)) {
            expect(limit).toBeLessThanOrEqual(before);
            before = limit;
          }
        }),
      );
    });
  });
}
