import { normalCdf, normalQuantile } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relativeError } from './relative-error.ts';

/* Computed with 40 digits by mpmath 1.3 (ncdf), an implementation of its own. */
const CDF: readonly (readonly [z: number, p: number])[] = [
  [-37, 5.725571222524577e-300],
  [-30, 4.906713927148187e-198],
  [-20, 2.7536241186062337e-89],
  [-10, 7.619853024160525e-24],
  [-6, 9.86587645037698e-10],
  [-5.7, 5.990371401063528e-9],
  [-5.6, 1.071759025831093e-8],
  [-3, 0.0013498980316300946],
  [-1.96, 0.024997895148220435],
  [-1, 0.15865525393145705],
  [-0.67, 0.2514288950953101],
  [-0.66, 0.25462691467133614],
  [-0.5, 0.3085375387259869],
  [-0.001, 0.49960105778608893],
  [0.3, 0.6179114221889527],
  [0.66, 0.7453730853286639],
  [1, 0.8413447460685429],
  [2, 0.9772498680518208],
  [5, 0.9999997133484281],
  [8, 0.9999999999999993],
];

/* The roots of ncdf(z) = p, found by mpmath 1.3 with 40 digits. */
const QUANTILE: readonly (readonly [p: number, z: number])[] = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-20, -9.262340089798407],
  [1e-11, -6.706023155495136],
  [1e-10, -6.361340902404057],
  [1e-5, -4.264890793922825],
  [0.001, -3.0902323061678136],
  [0.01, -2.326347874040841],
  [0.025, -1.9599639845400543],
  [0.074, -1.4466320671589785],
  [0.076, -1.4325027208258116],
  [0.25, -0.6744897501960817],
  [0.4, -0.2533471031357997],
  [0.6, 0.2533471031357997],
  [0.75, 0.6744897501960817],
  [0.9, 1.2815515655446006],
  [0.975, 1.9599639845400538],
  [0.999, 3.090232306167813],
];

describe('normalCdf', () => {
  it.each(CDF)('of %f is what mpmath computes', (z, p) => {
    expect(relativeError(normalCdf(z), p)).toBeLessThan(1e-14);
  });

  it('is exact at its ends and in the middle', () => {
    expect(
      [Number.NEGATIVE_INFINITY, -40, 0, 40, Number.POSITIVE_INFINITY, Number.NaN].map(normalCdf),
    ).toEqual([0, 0, 0.5, 1, 1, Number.NaN]);
  });

  it('never falls, and its tails mirror each other', () => {
    const z = fc.double({ min: -37, max: 37, noNaN: true });
    fc.assert(
      fc.property(z, z, (a, b) => {
        expect(normalCdf(Math.min(a, b))).toBeLessThanOrEqual(normalCdf(Math.max(a, b)) * (1 + 1e-14));
        expect(normalCdf(a) + normalCdf(-a)).toBeCloseTo(1, 14);
      }),
    );
  });
});

describe('normalQuantile', () => {
  it.each(QUANTILE)('of %f is what mpmath computes', (p, z) => {
    expect(relativeError(normalQuantile(p), z)).toBeLessThan(1e-14);
  });

  it('answers the ends, and NaN where there is no probability', () => {
    expect([0, 0.5, 1, -0.1, 1.1, Number.NaN].map(normalQuantile)).toEqual([
      Number.NEGATIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it('undoes normalCdf', () => {
    fc.assert(
      fc.property(fc.double({ min: -37, max: 5, noNaN: true }), (z) => {
        // Above zero the probability has lost what lies beyond its last digit.
        expect(Math.abs(normalQuantile(normalCdf(z)) - z)).toBeLessThan(z > 0 ? 1e-9 : 1e-12);
      }),
    );
  });
});
