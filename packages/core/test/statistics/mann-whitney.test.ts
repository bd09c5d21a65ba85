import { ConfigurationError } from '@evenkeel/core';
import { hodgesLehmann, mannWhitney, median, seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relativeError } from './relative-error.ts';

/* Hollander and Wolfe (1973), in the examples of R's wilcox.test: permeability of the placental membrane. */
const AT_TERM = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const MID_TERM = [1.15, 0.88, 0.9, 0.74, 1.21];

/* Ozone in New York in May and August 1973, the data set `airquality` of R, without missing values. */
const MAY = [
  41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37,
];
const AUGUST = [
  39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
];

describe('mannWhitney', () => {
  it("gives the example of SciPy's documentation", () => {
    expect(mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12])).toEqual({
      u: 17,
      z: expect.closeTo(7 / Math.sqrt(50 / 3), 12),
      pValue: expect.closeTo(1 / 9, 12),
      exact: true,
      probabilityOfSuperiority: 0.85,
      cliffsDelta: expect.closeTo(0.7, 12),
    });
  });

  it("gives the first example of R's documentation, in all directions", () => {
    // W = 35, p-value = 0.1272 for 'greater'; more digits by SciPy 1.17, method exact.
    const pValue = (alternative: 'greater' | 'two-sided' | 'less') =>
      mannWhitney(AT_TERM, MID_TERM, { alternative }).pValue;
    expect(mannWhitney(AT_TERM, MID_TERM)).toMatchObject({ u: 35, exact: true });
    expect(relativeError(pValue('greater'), 0.1272061272061272)).toBeLessThan(1e-12);
    expect(relativeError(pValue('two-sided'), 0.2544122544122544)).toBeLessThan(1e-12);
    expect(relativeError(pValue('less'), 0.8967698967698967)).toBeLessThan(1e-12);
  });

  it("gives the second example of R's documentation, with ties", () => {
    // W = 127.5, p-value = 0.0001208; more digits by SciPy 1.17, method asymptotic.
    const result = mannWhitney(MAY, AUGUST);
    expect(result).toMatchObject({ u: 127.5, exact: false });
    expect(relativeError(result.pValue, 0.00012080783076877434)).toBeLessThan(1e-12);
  });

  it('is exact: the same as counting all ways to split the ranks', () => {
    for (const [m, n] of [
      [1, 1],
      [2, 5],
      [4, 4],
      [5, 3],
      [6, 6],
    ] as const) {
      const us = allSplits(m + n, m).map((first) => {
        const second = [...Array(m + n).keys()].filter((rank) => !first.includes(rank));
        return { first, second, u: first.flatMap((a) => second.filter((b) => a > b)).length };
      });
      for (const { first, second, u } of us) {
        const less = us.filter((each) => each.u <= u).length / us.length;
        const greater = us.filter((each) => each.u >= u).length / us.length;
        expect(mannWhitney(first, second).u).toBe(u);
        expect(mannWhitney(first, second, { alternative: 'less' }).pValue).toBeCloseTo(less, 12);
        expect(mannWhitney(first, second, { alternative: 'greater' }).pValue).toBeCloseTo(greater, 12);
        expect(mannWhitney(first, second).pValue).toBeCloseTo(Math.min(1, 2 * Math.min(less, greater)), 12);
      }
    }
  });

  it('goes over from exact to normal without a step', () => {
    const random = seededRandom(17);
    const a = Array.from({ length: 31 }, random);
    const b = Array.from({ length: 33 }, () => random() + 0.2);
    const exact = mannWhitney(a.slice(1), b);
    const normal = mannWhitney(a, b);
    expect([exact.exact, normal.exact]).toEqual([true, false]);
    // The last sample is larger by one value: near, not the same.
    expect(Math.abs(Math.log(exact.pValue / normal.pValue))).toBeLessThan(1);
  });

  it('keeps small p-values exact', () => {
    // 20 against 20, wholly apart: one split of C(40, 20) = 137846528820 in either direction.
    const low = Array.from({ length: 20 }, (_, i) => i);
    const high = low.map((each) => 100 + each);
    expect(relativeError(mannWhitney(low, high).pValue, 2 / 137846528820)).toBeLessThan(1e-12);
  });

  it('is antisymmetric, and looks at ranks only', () => {
    const sample = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const forth = mannWhitney(a, b);
        const back = mannWhitney(b, a);
        expect(forth.u + back.u).toBe(a.length * b.length);
        expect(forth.probabilityOfSuperiority + back.probabilityOfSuperiority).toBeCloseTo(1, 12);
        expect(forth.cliffsDelta).toBeCloseTo(-back.cliffsDelta, 12);
        expect(forth.z).toBeCloseTo(-back.z, 12);
        expect(forth.pValue).toBeCloseTo(back.pValue, 12);
        expect(mannWhitney(a.map(distort), b.map(distort))).toEqual(forth);
        const won = a.flatMap((x) => b.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)));
        expect(forth.u).toBe(won.reduce((sum: number, each) => sum + each, 0));
      }),
    );
  });

  it('gives a false alarm as often as its p-value says', () => {
    const random = seededRandom(21);
    const draw = (n: number): number[] => Array.from({ length: n }, () => Math.floor(40 * random()));
    let alarms = 0;
    for (let i = 0; i < 2000; i++) if (mannWhitney(draw(40), draw(35)).pValue < 0.05) alarms += 1;
    expect(Math.abs(alarms - 100)).toBeLessThan(4 * Math.sqrt(2000 * 0.05 * 0.95));
  });

  it('answers what cannot be tested', () => {
    const nothing = {
      u: Number.NaN,
      z: Number.NaN,
      pValue: Number.NaN,
      exact: false,
      probabilityOfSuperiority: Number.NaN,
      cliffsDelta: Number.NaN,
    };
    expect(mannWhitney([], [1])).toEqual(nothing);
    expect(mannWhitney([1], [])).toEqual(nothing);
    expect(mannWhitney([1, Number.NaN], [2])).toEqual(nothing);
    expect(mannWhitney([1], [Number.NEGATIVE_INFINITY])).toEqual(nothing);
    expect(mannWhitney([5, 5], [5, 5, 5])).toEqual({
      u: 3,
      z: 0,
      pValue: 1,
      exact: false,
      probabilityOfSuperiority: 0.5,
      cliffsDelta: 0,
    });
  });

  it('refuses an alternative that is none', () => {
    expect(() => mannWhitney([1], [2], { alternative: 'more' as 'greater' })).toThrow(ConfigurationError);
  });
});

describe('hodgesLehmann', () => {
  it("gives the estimate of R's examples", () => {
    // "difference in location" 0.305 in R; the median of all differences by NumPy is the same.
    expect(hodgesLehmann(AT_TERM, MID_TERM)).toBeCloseTo(0.305, 12);
    expect(hodgesLehmann(MAY, AUGUST)).toBe(-32);
  });

  it('is the median of all differences, and turns round with the samples', () => {
    const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(hodgesLehmann(a, b)).toBe(median(a.flatMap((x) => b.map((y) => x - y))));
        expect(hodgesLehmann(a, b) + hodgesLehmann(b, a)).toBe(0);
      }),
    );
  });

  it('takes a repeatable choice of pairs of large samples, and stays near the truth', () => {
    const random = seededRandom(4);
    const a = Float64Array.from({ length: 5000 }, () => 1e9 + 3 + random());
    const b = Float64Array.from({ length: 5000 }, () => 1e9 + random());
    expect(Math.abs(hodgesLehmann(a, b) - 3)).toBeLessThan(0.03);
    expect(hodgesLehmann(a, b)).toBe(hodgesLehmann(a, b));
  });

  it('is NaN without values, and with one that is not finite', () => {
    expect([hodgesLehmann([], [1]), hodgesLehmann([1], []), hodgesLehmann([Number.NaN], [1])]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

function distort(value: number): number {
  return 1e9 + value ** 3;
}

/** All ways to take `size` of the ranks from 0 to `count` - 1. */
function allSplits(count: number, size: number): number[][] {
  if (size === 0) return [[]];
  if (count < size) return [];
  return [
    ...allSplits(count - 1, size),
    ...allSplits(count - 1, size - 1).map((rest) => [...rest, count - 1]),
  ];
}
