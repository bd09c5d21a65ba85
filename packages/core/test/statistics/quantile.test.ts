import { ConfigurationError } from '@evenkeel/core';
import {
  MAD_NORMAL_SCALE,
  median,
  medianAbsoluteDeviation,
  quantile,
  quantileOfSorted,
} from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NILE } from './nile.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const rank = fc.double({ min: 0, max: 1, noNaN: true });

describe('quantile', () => {
  it('gives what NumPy 2.4 gives for the Nile (method linear, which is type 7)', () => {
    const expected: readonly (readonly [number, number])[] = [
      [0, 456],
      [0.1, 725.2],
      [0.25, 798.5],
      [0.5, 893.5],
      [0.77, 1042.3],
      [0.999, 1359.11],
      [1, 1370],
    ];
    for (const [q, value] of expected) expect(quantile(NILE, q)).toBeCloseTo(value, 9);
  });

  it('is the definition: interpolation between neighbours in sorted order', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 60 }), rank, (values, q) => {
        const sorted = Float64Array.from(values).sort();
        const result = quantile(values, q);
        const at = q * (values.length - 1);
        expect(result).toBe(quantileOfSorted(sorted, q));
        expect(result).toBeGreaterThanOrEqual(sorted[Math.floor(at)] ?? Number.NaN);
        expect(result).toBeLessThanOrEqual(sorted[Math.ceil(at)] ?? Number.NaN);
      }),
    );
  });

  it('never falls as q rises, and leaves the sample as it was', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), rank, rank, (values, p, q) => {
        const before = [...values];
        expect(quantile(values, Math.min(p, q))).toBeLessThanOrEqual(quantile(values, Math.max(p, q)));
        expect(values).toEqual(before);
      }),
    );
  });

  it('stays fast and right where pivots are hard to choose', () => {
    const n = 20_000;
    const organPipe = Array.from({ length: n }, (_, i) => Math.min(i, n - 1 - i));
    const patterns = [organPipe, organPipe.toReversed(), new Array<number>(n).fill(7), [...Array(n).keys()]];
    for (const pattern of patterns) {
      const sorted = Float64Array.from(pattern).sort();
      for (const q of [0.01, 0.5, 0.99]) expect(quantile(pattern, q)).toBe(quantileOfSorted(sorted, q));
    }
  });

  it('is NaN for no values and for values that are not finite', () => {
    expect(
      [[], [1, Number.NaN], [1, Number.POSITIVE_INFINITY]].map((values) => quantile(values, 0.5)),
    ).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(quantileOfSorted([], 0.5)).toBeNaN();
  });

  it.each([-0.1, 1.1, Number.NaN, '0.5'])('refuses %s as q', (q) => {
    expect(() => quantile([1], q as number)).toThrow(ConfigurationError);
    expect(() => quantileOfSorted([1], q as number)).toThrow(ConfigurationError);
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect([[], [3], [3, 1], [9, 1, 5], [4, 1, 3, 2]].map(median)).toEqual([Number.NaN, 3, 2, 5, 2.5]);
  });

  it('keeps its precision at 1e9, and does not overflow', () => {
    expect(median([1e9 + 0.25, 1e9 + 0.75])).toBe(1e9 + 0.5);
    expect(median([-Number.MAX_VALUE, Number.MAX_VALUE])).toBe(0);
  });
});

describe('medianAbsoluteDeviation', () => {
  it('gives what SciPy 1.17 gives', () => {
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
    expect(medianAbsoluteDeviation(NILE, { scale: MAD_NORMAL_SCALE })).toBeCloseTo(179.39486843917783, 10);
  });

  it('moves with the level, stretches with the scale, and does not mind a spoilt half', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 40 }),
        (values) => {
          const deviation = medianAbsoluteDeviation(values);
          expect(medianAbsoluteDeviation(values.map((value) => 1e9 + value))).toBe(deviation);
          expect(medianAbsoluteDeviation(values.map((value) => value * -4))).toBe(deviation * 4);
        },
      ),
    );
    expect(medianAbsoluteDeviation([1, 2, 3, 1e300, -1e300])).toBe(1);
  });

  it('is NaN for no values and for values that are not finite; refuses a scale that is not positive', () => {
    expect([[], [1, Number.NaN]].map((values) => medianAbsoluteDeviation(values))).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
    expect(() => medianAbsoluteDeviation([1], { scale: 0 })).toThrow(ConfigurationError);
  });
});
