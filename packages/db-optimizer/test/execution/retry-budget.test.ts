import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/execution/backoff.ts';
import { RetryBudget } from '../../src/execution/retry-budget.ts';

describe('RetryBudget', () => {
  it('never gives more than its share, its reserve and what that was refilled with', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('call' as const), times: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ kind: fc.constant('retry' as const), times: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ kind: fc.constant('wait' as const), times: fc.integer({ min: 1, max: 60_000 }) }),
    );
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(step, { maxLength: 40 }),
        (ratio, steps) => {
          const budget = new RetryBudget(ratio);
          let nowMs = 0;
          let calls = 0;
          let taken = 0;
          for (const { kind, times } of steps) {
            if (kind === 'wait') nowMs += times;
            for (let time = 0; kind !== 'wait' && time < times; time++) {
              if (kind === 'call') {
                calls += 1;
                budget.deposit();
              } else if (budget.take(nowMs)) taken += 1;
            }
          }
          expect(taken).toBeLessThanOrEqual(ratio === 0 ? 0 : ratio * calls + 10 + nowMs / 10_000 + 1e-6);
        },
      ),
    );
  });

  it('gives what it has at once', () => {
    const budget = new RetryBudget(0.125);
    for (let call = 0; call < 40; call++) budget.deposit();
    const taken = Array.from({ length: 20 }, () => budget.take(0));
    expect(taken.filter(Boolean)).toHaveLength(15);
    expect(budget.take(10_000)).toBe(true);
    expect(budget.take(10_000)).toBe(false);
  });

  it('saves up a hundred and no more', () => {
    const budget = new RetryBudget(1);
    for (let call = 0; call < 1000; call++) budget.deposit();
    const taken = Array.from({ length: 1000 }, () => budget.take(0));
    expect(taken.filter(Boolean)).toHaveLength(110);
  });
});

describe('Backoff', () => {
  it('waits between the first time and three times the time before, and a second at most', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(fc.array(random, { minLength: 1, maxLength: 30 }), (draws) => {
        let draw = 0;
        const backoff = new Backoff(() => draws[draw++] ?? 0);
        let beforeMs = 10;
        for (const _ of draws) {
          const delayMs = backoff.next(10);
          expect(delayMs).toBeGreaterThanOrEqual(10);
          expect(delayMs).toBeLessThanOrEqual(Math.min(1000, Math.max(30, 3 * beforeMs)));
          beforeMs = delayMs;
        }
      }),
    );
  });
});
