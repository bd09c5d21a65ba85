import type { EndedCall, LimitStrategy } from '../../src/limiter/strategies/limit-strategy.ts';

/**
 * Gradient2 as Netflix's concurrency-limits describes it, with its defaults but for the bounds: each call moves the
 * limit by 0.2 of the way to `limit × gradient + 4`, where the gradient is the long-term average latency over that
 * of the call, from 0.5 to 1. A dropped call counts by its latency alone.
 */
export function gradient2({ initialLimit = 20, minLimit = 20, maxLimit = 200 } = {}): LimitStrategy {
  let limit = initialLimit;
  let longMs = 0;
  let calls = 0;
  return {
    get limit() {
      return Math.floor(limit);
    },
    record({ startedMs, endedMs, inFlight }: EndedCall) {
      const shortMs = Math.max(endedMs - startedMs, 1e-6);
      calls += 1;
      // The mean of the first ten, then an exponential average over 600.
      longMs += (shortMs - longMs) * (calls <= 10 ? 1 / calls : 2 / 601);
      if (longMs / shortMs > 2) longMs *= 0.9;
      if (inFlight < limit / 2) return;
      const gradient = Math.max(0.5, Math.min(1, longMs / shortMs));
      limit = Math.max(minLimit, Math.min(maxLimit, limit + 0.2 * (limit * (gradient - 1) + 4)));
    },
  };
}
