import { describe, expect, it } from 'vitest';
import { aimd, type LimitStrategy } from '../../../src/limiter/index.ts';
import { describeStrategy } from './describe-strategy.ts';

describeStrategy('aimd', () => aimd({ initialLimit: 10, minLimit: 3, maxLimit: 30 }), { min: 3, max: 30 });
describeStrategy('aimd with a time-out', () => aimd({ timeout: '50ms' }), { min: 1, max: 1000 });

/** Calls that began with the limit full. */
function full(strategy: LimitStrategy, calls: number, startedMs: number, endedMs = startedMs + 10): void {
  for (let call = 0; call < calls; call++) {
    strategy.record({ startedMs, endedMs, inFlight: strategy.limit, outcome: 'success' });
  }
}

const drop = (strategy: LimitStrategy, startedMs: number, endedMs: number) =>
  strategy.record({ startedMs, endedMs, inFlight: strategy.limit, outcome: 'dropped' });

describe('aimd', () => {
  it('grows by one for as many calls as the limit allows', () => {
    const strategy = aimd({ initialLimit: 10 });
    full(strategy, 9, 0);
    expect(strategy.limit).toBe(10);
    full(strategy, 1, 0);
    expect(strategy.limit).toBe(11);
    full(strategy, 11, 0);
    expect(strategy.limit).toBe(12);
  });

  it('lowers the limit to 0.9 of itself, once for the calls of one round trip', () => {
    const strategy = aimd({ initialLimit: 100 });
    for (let call = 0; call < 50; call++) drop(strategy, call, 1000 + call);
    expect(strategy.limit).toBe(90);
    drop(strategy, 1001, 1100);
    expect(strategy.limit).toBe(81);
  });

  it('comes down by at least one, to its least', () => {
    const strategy = aimd({ initialLimit: 4, minLimit: 2 });
    const limits = [0, 100, 200, 300].map((atMs) => {
      drop(strategy, atMs, atMs + 50);
      return strategy.limit;
    });
    expect(limits).toEqual([3, 2, 2, 2]);
  });

  it('takes calls beyond its time-out for dropped', () => {
    const strategy = aimd({ initialLimit: 10, timeout: 100 });
    strategy.record({ startedMs: 0, endedMs: 100, inFlight: 10, outcome: 'success' });
    expect(strategy.limit).toBe(10);
    strategy.record({ startedMs: 0, endedMs: 101, inFlight: 10, outcome: 'success' });
    expect(strategy.limit).toBe(9);
  });

  it('refuses bounds that contradict each other', () => {
    expect(() => aimd({ minLimit: 5, maxLimit: 4 })).toThrow(
      'maxLimit must be at least minLimit, which is 5, got 4',
    );
    expect(() => aimd({ initialLimit: 50, maxLimit: 40 })).toThrow(
      'initialLimit must be from minLimit to maxLimit: 1 to 40, got 50',
    );
    expect(aimd({ maxLimit: 4 }).limit).toBe(4);
    expect(aimd({ minLimit: 40 }).limit).toBe(40);
  });
});
