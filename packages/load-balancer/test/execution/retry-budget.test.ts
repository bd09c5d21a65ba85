import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../src/execution/retry-budget.ts';

const RESERVE = 5;

describe('RetryBudget', () => {
  it('allows its share of the requests of the last second, and a reserve', () => {
    const budget = new RetryBudget(0.1);
    for (let request = 0; request < 100; request++) budget.deposit(10 * request);
    expect(budget.left(990)).toBe(10 + RESERVE);
    for (let retry = 0; retry < 10 + RESERVE; retry++) expect(budget.take(990)).toBe(true);
    expect(budget.take(990)).toBe(false);
    expect({ left: budget.left(990), refused: budget.refused }).toEqual({ left: 0, refused: 1 });
    // A second later nothing is left of the share, and the reserve has grown by a fifth of one.
    expect(budget.left(1990)).toBe(0);
    expect(budget.left(990 + 5000)).toBe(1);
    expect(budget.left(990 + 60_000)).toBe(RESERVE);
  });

  it('takes back what was not used', () => {
    const budget = new RetryBudget(1);
    budget.deposit(0);
    for (let round = 0; round < 20; round++) {
      expect(budget.take(0)).toBe(true);
      budget.giveBack();
    }
    expect(budget.left(0)).toBe(1 + RESERVE);
  });

  it('allows nothing at 0', () => {
    const budget = new RetryBudget(0);
    for (let request = 0; request < 100; request++) budget.deposit(request);
    expect(budget.take(100)).toBe(false);
  });

  it('never lets more pass than its share of the time and one second more, and the reserve', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 100 })), { maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.double({ min: 0.01, max: 1, noNaN: true }), (operations, ratio) => {
        const budget = new RetryBudget(ratio);
        let nowMs = 0;
        let requests = 0;
        let retries = 0;
        for (const [isRequest, waitMs] of operations) {
          nowMs += waitMs;
          if (isRequest) {
            budget.deposit(nowMs);
            requests += 1;
          } else if (budget.take(nowMs)) retries += 1;
          expect(budget.left(nowMs)).toBeGreaterThanOrEqual(0);
        }
        // The share of a request is spent once at most in each of the windows that see it.
        expect(retries).toBeLessThanOrEqual(2 * ratio * requests + RESERVE + (0.2 * nowMs) / 1000);
      }),
    );
  });
});
