import { ConfigurationError } from '@evenkeel/core';
import { mannKendall, seededRandom, theilSen } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NILE } from './nile.ts';
import { relativeError } from './relative-error.ts';

const YEARS = NILE.map((_, i) => 1871 + i);

function scoreByDefinition(values: readonly number[]): number {
  let s = 0;
  values.forEach((later, j) => {
    for (const earlier of values.slice(0, j)) s += Math.sign(later - earlier);
  });
  return s;
}

function slopesByDefinition(x: readonly number[], y: readonly number[]): number[] {
  return x.flatMap((xj, j) =>
    x.slice(0, j).flatMap((xi, i) => (xi === xj ? [] : [((y[j] ?? 0) - (y[i] ?? 0)) / (xj - xi)])),
  );
}

describe('mannKendall', () => {
  it('gives for the Nile what the formulas and SciPy give', () => {
    // S and variance by the double sum over pairs in Python, the rest by SciPy 1.17 (norm.sf, kendalltau).
    const { s, variance, z, pValue, tau } = mannKendall(NILE);
    expect(s).toBe(-1387);
    expect(relativeError(variance, 112728.33333333333)).toBeLessThan(1e-14);
    expect(relativeError(z, -4.128066522844101)).toBeLessThan(1e-14);
    expect(relativeError(pValue, 3.658262921664327e-5)).toBeLessThan(1e-12);
    expect(relativeError(tau, -0.2807413347246131)).toBeLessThan(1e-14);
  });

  it('counts the score of any order, ties included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 60 }), (values) => {
        const result = mannKendall(values);
        const mirrored = mannKendall(values.toReversed());
        expect(result.s).toBe(scoreByDefinition(values));
        expect([mirrored.s, mirrored.pValue]).toEqual([result.s === 0 ? result.s : -result.s, result.pValue]);
        expect(result.pValue).toBeGreaterThanOrEqual(0);
        expect(result.pValue).toBeLessThanOrEqual(1);
        // Only the order counts.
        expect(mannKendall(values.map((value) => 1e9 + value ** 3))).toEqual(result);
      }),
    );
  });

  it('has a variance that is that of the score over all orders', () => {
    // All 120 permutations of five values, and all 30 arrangements of 1, 1, 2, 2, 3: enumerated.
    for (const [values, count] of [
      [[1, 2, 3, 4, 5], 120],
      [[1, 1, 2, 2, 3], 120],
    ] as const) {
      const orders = permutations(values);
      const scores = orders.map(scoreByDefinition);
      expect(orders.length).toBe(count);
      const variance = scores.reduce((sum, s) => sum + s * s, 0) / scores.length;
      expect(mannKendall(values).variance).toBeCloseTo(variance, 12);
    }
  });

  it('finds the trend of a long rising series without counting each pair', () => {
    const random = seededRandom(5);
    const rising = Float64Array.from({ length: 100_000 }, (_, i) => i / 1e4 + random());
    const { tau, pValue } = mannKendall(rising);
    expect(tau).toBeGreaterThan(0.8);
    expect(pValue).toBe(0);
  });

  it('gives a false alarm as often as its p-value says', () => {
    const random = seededRandom(11);
    let alarms = 0;
    for (let i = 0; i < 2000; i++) {
      if (mannKendall(Array.from({ length: 30 }, random)).pValue < 0.05) alarms += 1;
    }
    // 5 % of 2000, four standard deviations on either side.
    expect(Math.abs(alarms - 100)).toBeLessThan(4 * Math.sqrt(2000 * 0.05 * 0.95));
  });

  it('answers what cannot be tested', () => {
    const nothing = {
      s: Number.NaN,
      variance: Number.NaN,
      z: Number.NaN,
      pValue: Number.NaN,
      tau: Number.NaN,
    };
    for (const values of [[], [1], [1, Number.NaN, 2], [1, Number.POSITIVE_INFINITY]]) {
      expect(mannKendall(values)).toEqual(nothing);
    }
    expect(mannKendall([4, 4, 4])).toEqual({ s: 0, variance: 0, z: 0, pValue: 1, tau: Number.NaN });
  });
});

describe('theilSen', () => {
  it("gives Sen's own example (1968)", () => {
    // Also in SciPy's tests of theilslopes: slope 4, interval 26/7 to 35/8 at 93 %.
    const result = theilSen([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78], { confidence: 0.93 });
    expect(result).toEqual({
      slope: 4,
      intercept: 4,
      center: { x: 4, y: 20 },
      slopeInterval: { low: 26 / 7, high: 35 / 8, confidence: 0.93 },
    });
  });

  it('gives for the Nile, and with ties in x and y, what SciPy 1.17 theilslopes gives', () => {
    const nile = theilSen(YEARS, NILE);
    expect(nile.slope).toBeCloseTo(-2.6, 12);
    expect(nile.intercept).toBeCloseTo(5886.8, 9);
    expect(nile.slopeInterval.low).toBeCloseTo(-3.627906976744186, 12);
    expect(nile.slopeInterval.high).toBeCloseTo(-1.4285714285714286, 12);

    const tied = theilSen([1, 2, 2, 3, 5, 5, 5, 8, 9, 12], [3, 4, 4, 2, 7, 6, 7, 9, 9, 15], {
      confidence: 0.9,
    });
    expect(tied).toEqual({
      slope: 1,
      intercept: 1.5,
      center: { x: 5, y: 6.5 },
      slopeInterval: { low: 5 / 7, high: 1.1, confidence: 0.9 },
    });
  });

  it('is the median of all slopes', () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: -100, max: 100 }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 25 }), (points) => {
        const [x, y] = [points.map(([each]) => each), points.map(([, each]) => each)];
        const slopes = slopesByDefinition(x, y).sort((a, b) => a - b);
        const { slope, slopeInterval } = theilSen(x, y);
        if (slopes.length === 0) {
          expect(slope).toBeNaN();
          return;
        }
        const middle = ((slopes[(slopes.length - 1) >> 1] ?? 0) + (slopes[slopes.length >> 1] ?? 0)) / 2;
        expect(Math.abs(slope - middle)).toBeLessThan(1e-9);
        expect(slopes).toContain(slopeInterval.low);
        expect(slopes).toContain(slopeInterval.high);
        expect(slopeInterval.low).toBeLessThanOrEqual(slope);
        expect(slopeInterval.high).toBeGreaterThanOrEqual(slope);
      }),
    );
  });

  it('does not mind a quarter of outliers, nor a level of 1e9 at epoch times', () => {
    const start = 1_700_000_000_000;
    const x = Array.from({ length: 200 }, (_, i) => start + i * 1000);
    const y = x.map((_, i) => (i % 4 === 3 ? 9e9 : 1e9 + i / 4));
    const { slope, center } = theilSen(x, y);
    expect(relativeError(slope, 0.25 / 1000)).toBeLessThan(0.02);
    expect(center).toEqual({ x: start + 99_500, y: expect.closeTo(1e9 + 33, 0) });
  });

  it('covers the true slope as often as it says', () => {
    const random = seededRandom(3);
    const x = Array.from({ length: 40 }, (_, i) => i);
    let covered = 0;
    for (let i = 0; i < 1000; i++) {
      const { slopeInterval } = theilSen(
        x,
        x.map((each) => 2 * each + 20 * random()),
        { confidence: 0.9 },
      );
      if (slopeInterval.low <= 2 && slopeInterval.high >= 2) covered += 1;
    }
    expect(Math.abs(covered - 900)).toBeLessThan(4 * Math.sqrt(1000 * 0.9 * 0.1) + 10);
  });

  it('takes a repeatable choice of pairs from a long series, and stays near the truth', () => {
    const random = seededRandom(9);
    const x = Float64Array.from({ length: 20_000 }, (_, i) => i);
    const y = x.map((each) => 0.01 * each + random());
    const first = theilSen(x, y);
    expect(theilSen(x, y)).toEqual(first);
    // The standard error of the slope over 20,000 points is 3.5e-7.
    expect(Math.abs(first.slope - 0.01)).toBeLessThan(4 * 3.5e-7);
    expect(first.slopeInterval.low).toBeLessThan(first.slope);
    expect(first.slopeInterval.high).toBeGreaterThan(first.slope);
    expect(first.slopeInterval.high - first.slopeInterval.low).toBeLessThan(8 * 3.5e-7);
  });

  it('answers what has no slope', () => {
    const none = {
      slope: Number.NaN,
      intercept: Number.NaN,
      center: { x: Number.NaN, y: Number.NaN },
      slopeInterval: { low: Number.NaN, high: Number.NaN, confidence: 0.95 },
    };
    expect(theilSen([], [])).toEqual(none);
    expect(theilSen([1], [2])).toEqual(none);
    expect(theilSen([3, 3], [1, 2])).toEqual(none);
    expect(theilSen([1, 2], [1, Number.NaN])).toEqual(none);
    expect(theilSen([1, 2], [5, 5])).toMatchObject({ slope: 0, intercept: 5 });
  });

  it('refuses lists of different length and a confidence that is none', () => {
    expect(() => theilSen([1, 2], [1])).toThrow(
      'theilSen: y.length must be as long as x, which has 2 values, got 1',
    );
    expect(() => theilSen([1, 2], [1, 2], { confidence: 95 })).toThrow(ConfigurationError);
  });
});

function permutations(values: readonly number[]): number[][] {
  if (values.length <= 1) return [[...values]];
  return values.flatMap((value, i) =>
    permutations([...values.slice(0, i), ...values.slice(i + 1)]).map((rest) => [value, ...rest]),
  );
}
