import { describe, expect, it } from 'vitest';
import { gradient, type LimitStrategy } from '../../../src/limiter/index.ts';
import { describeStrategy } from './describe-strategy.ts';

describeStrategy('gradient', () => gradient({ initialLimit: 10, minLimit: 3, maxLimit: 30 }), {
  min: 3,
  max: 30,
});

/**
 * Calls in closed loop: always as many as the limit allows, served by so many servers in `serviceMs` each. One call
 * alone comes first.
 */
function saturate(
  strategy: LimitStrategy,
  servers: number,
  serviceMs: number,
  calls: number,
  fromMs = 0,
): number {
  let nowMs = fromMs;
  strategy.record({ startedMs: nowMs, endedMs: nowMs + serviceMs, inFlight: 1, outcome: 'success' });
  for (let call = 0; call < calls; call++) {
    const inFlight = strategy.limit;
    const durationMs = Math.max(serviceMs, (inFlight * serviceMs) / servers);
    nowMs += durationMs / inFlight;
    strategy.record({ startedMs: nowMs - durationMs, endedMs: nowMs, inFlight, outcome: 'success' });
  }
  return nowMs;
}

describe('gradient', () => {
  it.each([2, 4, 30, 200])('settles a little above what keeps %i servers busy', (servers) => {
    const strategy = gradient();
    saturate(strategy, servers, 20, 20_000);
    expect(strategy.limit).toBeGreaterThanOrEqual(servers);
    expect(strategy.limit).toBeLessThanOrEqual(1.7 * servers + 2 * Math.sqrt(servers) + 1);
  });

  it('stays where it is under a load that never ends', () => {
    const strategy = gradient();
    const nowMs = saturate(strategy, 4, 20, 5000);
    const settled = strategy.limit;
    saturate(strategy, 4, 20, 500_000, nowMs);
    expect(strategy.limit).toBe(settled);
  });

  it('finds out from fewer calls in flight that the work itself has become slower', () => {
    const strategy = gradient();
    let nowMs = saturate(strategy, 100, 20, 20_000);
    // Nothing tells it of the new latency but the calls that come in full load.
    for (let call = 0; call < 20_000; call++) {
      const inFlight = strategy.limit;
      const durationMs = Math.max(200, inFlight * 2);
      nowMs += durationMs / inFlight;
      strategy.record({ startedMs: nowMs - durationMs, endedMs: nowMs, inFlight, outcome: 'success' });
    }
    expect(strategy.limit).toBeGreaterThanOrEqual(80);
  });

  it('is not misled by a pool that has lost half of its servers', () => {
    const strategy = gradient();
    const nowMs = saturate(strategy, 40, 20, 10_000);
    const before = strategy.limit;
    saturate(strategy, 20, 20, 10_000, nowMs);
    expect(strategy.limit).toBeGreaterThanOrEqual(20);
    expect(strategy.limit).toBeLessThan(0.75 * before);
  });

  it('lowers the limit once for the calls of one round trip that are dropped', () => {
    const strategy = gradient({ initialLimit: 100 });
    for (let call = 0; call < 50; call++) {
      strategy.record({ startedMs: call, endedMs: 1000 + call, inFlight: 100, outcome: 'dropped' });
    }
    expect(strategy.limit).toBe(90);
  });

  it('says what is wrong with its options', () => {
    expect(() => gradient({ minLimit: 0 })).toThrow('gradient: minLimit must be a positive integer, got 0');
    // @ts-expect-error no such option
    expect(() => gradient({ smoothing: 0.2 })).toThrow('smoothing must be absent');
  });
});
