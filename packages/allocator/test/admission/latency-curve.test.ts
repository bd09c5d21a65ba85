import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concurrencyOf, LatencyCurve } from '../../src/admission/latency-curve.ts';

/** Samples at each of the concurrencies, of work that a pool with 4 places does in 20 ms. */
function poolCurve(concurrencies: readonly number[], samples = 64, latencyOf = poolLatency): LatencyCurve {
  const curve = new LatencyCurve();
  for (const concurrency of concurrencies) {
    for (let sample = 0; sample < samples; sample++) curve.record(concurrency, latencyOf(concurrency), 0);
  }
  return curve;
}

function poolLatency(concurrency: number): number {
  return 20 * Math.max(1, concurrency / 4);
}

const MINUTES = 60_000;

describe('LatencyCurve', () => {
  it('knows nothing at first', () => {
    const curve = new LatencyCurve();
    expect([curve.knee(0), curve.expectedMs(1, 0), curve.furthest(0)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(curve.isProven(0, 0)).toBe(false);
  });

  it('has its knee where more concurrency brings no more throughput', () => {
    const curve = poolCurve([1, 2, 3, 4, 6, 8, 12, 16]);
    const knee = curve.knee(0) ?? Number.NaN;
    expect(concurrencyOf(knee)).toBe(4);
    expect(curve.isProven(knee, 0)).toBe(true);
    expect(curve.expectedMs(8, 0)).toBe(40);
    expect(curve.furthest(0)).toEqual({ concurrency: 16, latencyMs: 80 });
  });

  it('proves nothing of work that takes as long however much there is of it', () => {
    const curve = poolCurve([1, 4, 16, 64, 256], 64, () => 1000);
    const knee = curve.knee(0) ?? Number.NaN;
    expect(concurrencyOf(knee)).toBe(256);
    expect(curve.isProven(knee, 0)).toBe(false);
  });

  it('proves nothing where twice the knee was never seen', () => {
    const curve = poolCurve([1, 2, 3, 4, 6]);
    expect(curve.isProven(curve.knee(0) ?? Number.NaN, 0)).toBe(false);
  });

  it('takes fewer than four samples for chance', () => {
    const curve = poolCurve([1, 2], 3);
    expect(curve.knee(0)).toBeUndefined();
    curve.record(2, 20, 0);
    expect(curve.expectedMs(2, 0)).toBe(20);
    expect(curve.expectedMs(1, 0)).toBeUndefined();
  });

  it('expects at worst of what it does not know: no more throughput than there was with less', () => {
    expect(poolCurve([4]).expectedMs(16, 0)).toBe(80);
  });

  it('forgets by and by, after five minutes without a sample, and when told to', () => {
    const curve = poolCurve([4]);
    for (let sample = 0; sample < 64; sample++) curve.record(4, 40, MINUTES);
    expect(curve.expectedMs(4, MINUTES)).toBeGreaterThan(30);
    for (let sample = 0; sample < 640; sample++) curve.record(4, 40, MINUTES);
    expect(curve.expectedMs(4, MINUTES)).toBeCloseTo(40, 1);
    expect(curve.expectedMs(4, 6 * MINUTES - 1)).toBeDefined();
    expect(curve.expectedMs(4, 6 * MINUTES)).toBeUndefined();
    curve.record(4, 7, 6 * MINUTES);
    for (let sample = 0; sample < 3; sample++) curve.record(4, 7, 6 * MINUTES);
    expect(curve.expectedMs(4, 6 * MINUTES)).toBe(7);
    curve.forget();
    expect(curve.expectedMs(4, 6 * MINUTES)).toBeUndefined();
  });

  it('is not taken in by a few quick pieces of a mix of quick and slow ones', () => {
    const random = seededRandom(1);
    const mixed = (concurrency: number) => (random() < 0.1 ? 5.5 : 0.5) * poolLatency(concurrency);
    const curve = poolCurve([4, 6, 8], 256, mixed);
    for (let sample = 0; sample < 4; sample++) curve.record(2, 0.5 * poolLatency(2), 0);
    // By its four samples a concurrency of 2 does as much as 4.
    expect(concurrencyOf(curve.knee(0) ?? Number.NaN)).toBeGreaterThanOrEqual(4);
  });

  it('gives numbers for whatever it is told', () => {
    const sample = fc.tuple(
      fc.integer({ min: 1, max: 2 ** 22 }),
      fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })),
      fc.double({ min: 0, max: 1e5, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
        const curve = new LatencyCurve();
        let nowMs = 0;
        for (const [concurrency, latencyMs, stepMs] of samples) {
          nowMs += stepMs;
          curve.record(concurrency, latencyMs, nowMs);
          const knee = curve.knee(nowMs);
          expect(knee === undefined || (Number.isInteger(knee) && knee >= 0 && knee <= 40)).toBe(true);
          expect(curve.expectedMs(concurrency, nowMs) ?? 0).toBeGreaterThanOrEqual(0);
          // Four samples at a rung are evidence: then there is a knee.
          if (curve.furthest(nowMs)) expect(knee).toBeDefined();
        }
      }),
    );
  });
});
