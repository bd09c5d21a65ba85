import { ConfigurationError } from '@evenkeel/core';
import { autocorrelation, seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NILE } from './nile.ts';
import { NIST } from './nist.ts';
import { relativeError } from './relative-error.ts';

describe('autocorrelation', () => {
  it.each(NIST)(
    'meets the certified lag 1 of NIST $name',
    ({ values, autocorrelation: certified, digits }) => {
      expect(relativeError(autocorrelation(values, 1)[1] ?? 0, certified)).toBeLessThan(10 ** -digits);
    },
  );

  it('gives for the Nile what the definition gives in 40 digits', () => {
    // By mpmath 1.3; R's acf(Nile) prints 0.498 0.385 0.328 0.239 0.228.
    const expected = [
      1, 0.49840818413302895, 0.38457690390487226, 0.3278604375225462, 0.2391911699414856,
      0.22842198672084005,
    ];
    const actual = autocorrelation(NILE, 5);
    expect(actual.length).toBe(6);
    expected.forEach((value, lag) => {
      expect(relativeError(actual[lag] ?? 0, value)).toBeLessThan(1e-13);
    });
  });

  it('is at most 1, and the same at any level and scale', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(values, (series) => {
        const result = autocorrelation(series, series.length - 1);
        fc.pre(!Number.isNaN(result[0] ?? Number.NaN));
        expect(result[0]).toBe(1);
        expect(result.every((each) => Math.abs(each) <= 1)).toBe(true);
        // The sum over all lags and both directions is the square of a sum of deviations: zero.
        expect(result.reduce((sum, each) => sum + 2 * each, -1)).toBeCloseTo(0, 9);
        for (const moved of [series.map((each) => 1e9 + each), series.map((each) => each * 1e-200)]) {
          autocorrelation(moved, series.length - 1).forEach((each, lag) => {
            expect(each).toBeCloseTo(result[lag] ?? Number.NaN, 9);
          });
        }
      }),
    );
  });

  it('finds the period of a wave, and nothing in noise', () => {
    const wave = Array.from({ length: 240 }, (_, i) => 1e9 + Math.sin((2 * Math.PI * i) / 24));
    const [, ...lags] = autocorrelation(wave, 36);
    expect(lags.indexOf(Math.max(...lags.slice(12))) + 1).toBe(24);

    const random = seededRandom(8);
    const noise = autocorrelation(Array.from({ length: 10_000 }, random), 100);
    const outside = noise.slice(1).filter((each) => Math.abs(each) > 1.96 / 100).length;
    expect(outside).toBeLessThanOrEqual(14);
  });

  it('knows the usual number of lags', () => {
    expect(
      [0, 1, 2, 5, 100, 1000].map((n) => autocorrelation(Array.from({ length: n }, (_, i) => i)).length),
    ).toEqual([1, 1, 2, 5, 21, 31]);
  });

  it('is NaN where there is nothing to correlate', () => {
    const nan = Number.NaN;
    expect([...autocorrelation([1, 2, 4], 4)].map(Number.isNaN)).toEqual([false, false, false, true, true]);
    expect([...autocorrelation([0.1, 0.1, 0.1], 1)]).toEqual([nan, nan]);
    expect([...autocorrelation([], 1)]).toEqual([nan, nan]);
    expect([...autocorrelation([1, nan, 2], 1)]).toEqual([nan, nan]);
    expect([...autocorrelation([1, Number.POSITIVE_INFINITY], 1)]).toEqual([nan, nan]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 32])('refuses %s as the longest lag', (maxLag) => {
    expect(() => autocorrelation([1, 2, 3], maxLag)).toThrow(ConfigurationError);
  });
});
