import { describe, expect, it } from 'vitest';
import { DelayEstimates } from '../../src/strategies/delay-estimates.ts';

const SECOND = 1000;

/* Ten servers that answer in 10 ms each, ten times a second. */
function settled(): { estimates: DelayEstimates; nowMs: number } {
  const estimates = new DelayEstimates();
  for (let slot = 0; slot < 10; slot++) estimates.forget(slot, 0);
  let nowMs = 0;
  for (; nowMs < 60 * SECOND; nowMs += 100) {
    for (let slot = 0; slot < 10; slot++) estimates.succeeded(slot, nowMs, 10);
  }
  return { estimates, nowMs };
}

describe('DelayEstimates', () => {
  it('stands at the mean before anything is known, and after a server is forgotten', () => {
    const { estimates, nowMs } = settled();
    expect(estimates.meanMs).toBeCloseTo(10);
    estimates.succeeded(3, nowMs, 500);
    expect(estimates.ratio(3, nowMs)).toBeGreaterThan(2);
    estimates.forget(3, nowMs);
    expect(estimates.ratio(3, nowMs)).toBe(1);
  });

  it('follows a change within some 20 requests however dense they are', () => {
    const { estimates, nowMs } = settled();
    for (let request = 0; request < 40; request++) {
      for (let slot = 0; slot < 10; slot++)
        estimates.succeeded(slot, nowMs + request / 10, slot === 0 ? 80 : 10);
    }
    // The mean is 17 ms now.
    expect(estimates.ratio(0, nowMs + 4)).toBeGreaterThan(4);
    expect(estimates.ratio(1, nowMs + 4)).toBeLessThan(0.75);
  });

  it('gives a latency after a pause more weight than one of many', () => {
    const { estimates, nowMs } = settled();
    estimates.succeeded(0, nowMs, 100);
    const dense = estimates.ratio(0, nowMs);
    estimates.succeeded(1, nowMs + 4 * SECOND, 100);
    expect(estimates.ratio(1, nowMs + 4 * SECOND)).toBeGreaterThan(2 * dense);
  });

  it('returns to the mean while nothing is heard', () => {
    const { estimates, nowMs } = settled();
    for (let request = 0; request < 100; request++) estimates.succeeded(0, nowMs, 100);
    const ratio = (afterMs: number): number => estimates.ratio(0, nowMs + afterMs);
    const atOnce = ratio(0);
    expect(atOnce).toBeGreaterThan(1.5);
    expect(estimates.isStale(0, nowMs + 100)).toBe(false);
    expect(ratio(100)).toBe(atOnce);
    expect(estimates.isStale(0, nowMs + SECOND)).toBe(true);
    expect((ratio(10 * SECOND) - 1) / (atOnce - 1)).toBeCloseTo(0.344, 2);
    expect(ratio(80 * SECOND)).toBe(1);
    expect(ratio(1000 * SECOND)).toBe(1);
  });

  it('charges a fast failure as slow, and the next one in a row more', () => {
    const { estimates, nowMs } = settled();
    const first = estimates.failed(0, nowMs, 1);
    expect(first).toBeCloseTo(8, 0);
    expect(estimates.failed(0, nowMs + 1, 1)).toBeGreaterThan(3 * first);
    for (let failure = 0; failure < 20; failure++) estimates.failed(0, nowMs + 2, 1);
    expect(estimates.ratio(0, nowMs + 2)).toBeLessThanOrEqual(256);
    expect(estimates.ratio(1, nowMs + 2)).toBeCloseTo(1);
  });

  it('charges a time-out by its length where that is more', () => {
    const { estimates, nowMs } = settled();
    expect(estimates.failed(0, nowMs, 1000)).toBeGreaterThan(60);
  });

  it('makes little of a single failure where all servers fail now and then, much of several in a row', () => {
    const { estimates, nowMs } = settled();
    for (let request = 0; request < 5000; request++) {
      const slot = request % 10;
      if (request % 97 === 0) estimates.failed(slot, nowMs, 1);
      else estimates.succeeded(slot, nowMs, 10);
    }
    estimates.forget(0, nowMs);
    const first = estimates.failed(0, nowMs, 1);
    expect(first).toBeLessThan(2);
    expect(estimates.failed(0, nowMs, 1)).toBeGreaterThan(4);
  });

  it('charges nothing where everything fails', () => {
    const { estimates, nowMs } = settled();
    for (let request = 0; request < 20_000; request++) estimates.failed(request % 10, nowMs, 1);
    estimates.forget(0, nowMs);
    expect(estimates.failed(0, nowMs, 1)).toBeLessThan(1.1);
  });

  it('takes latencies of 0', () => {
    const estimates = new DelayEstimates();
    estimates.forget(0, 0);
    for (let request = 0; request < 10; request++) estimates.succeeded(0, 0, 0);
    expect(estimates.ratio(0, 0)).toBeLessThanOrEqual(1);
    expect(estimates.ratio(0, 0)).toBeGreaterThanOrEqual(0);
  });
});
