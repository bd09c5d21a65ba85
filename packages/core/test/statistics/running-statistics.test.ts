import { RunningStatistics } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NIST } from './nist.ts';
import { relativeError } from './relative-error.ts';

function statisticsOf(values: Iterable<number>): RunningStatistics {
  const statistics = new RunningStatistics();
  for (const value of values) statistics.add(value);
  return statistics;
}

function summary({ count, ignored, mean, variance, standardDeviation, min, max }: RunningStatistics) {
  return { count, ignored, mean, variance, standardDeviation, min, max };
}

/* Below it floats are subnormal and round coarsely. */
const TINY = 1e-300;

const anyValue = fc.double({ min: -1e100, max: 1e100, noNaN: true });

describe('RunningStatistics', () => {
  it.each(NIST)('meets the certified values of NIST $name', ({ values, mean, standardDeviation, digits }) => {
    const statistics = statisticsOf(values);
    expect(relativeError(statistics.mean, mean)).toBeLessThan(1e-14);
    expect(relativeError(statistics.standardDeviation, standardDeviation)).toBeLessThan(10 ** -digits);
  });

  it('keeps its precision at mean 1e9 and deviation 1', () => {
    // Multiples of 2^-20 are exact at either level, so the level alone makes the difference.
    const offsets = Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 4_194_304) / 2 ** 20 - 2);
    const low = statisticsOf(offsets);
    const high = statisticsOf(offsets.map((offset) => 1e9 + offset));
    expect(high.mean - 1e9).toBeCloseTo(low.mean, 6);
    expect(relativeError(high.variance, low.variance)).toBeLessThan(1e-13);
  });

  it('knows nothing before the first value, and no variance before the second', () => {
    const statistics = new RunningStatistics();
    const nothing = { mean: Number.NaN, variance: Number.NaN, standardDeviation: Number.NaN };
    expect(summary(statistics)).toEqual({
      count: 0,
      ignored: 0,
      ...nothing,
      min: Number.NaN,
      max: Number.NaN,
    });
    statistics.add(5);
    expect(summary(statistics)).toEqual({ ...nothing, count: 1, ignored: 0, mean: 5, min: 5, max: 5 });
  });

  it('leaves out what is no finite number, and counts it', () => {
    const statistics = statisticsOf([1, Number.NaN, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(summary(statistics)).toEqual({
      count: 2,
      ignored: 3,
      mean: 2,
      variance: 2,
      standardDeviation: Math.SQRT2,
      min: 1,
      max: 3,
    });
  });

  it('forgets everything on reset', () => {
    const statistics = statisticsOf([1, 2, Number.NaN]);
    statistics.reset();
    expect(summary(statistics)).toEqual(summary(new RunningStatistics()));
  });

  it('agrees with the two-pass formulas', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 2, maxLength: 50 }), (values) => {
        const statistics = statisticsOf(values);
        const scale = Math.max(...values.map(Math.abs));
        const mean = values.reduce((sum, value) => sum + value / values.length, 0);
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
        expect(Math.abs(statistics.mean - mean)).toBeLessThanOrEqual(1e-13 * scale + TINY);
        expect(Math.abs(statistics.variance - variance)).toBeLessThanOrEqual(1e-12 * scale * scale + TINY);
        expect([statistics.min, statistics.max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  it('merges into what all values together give', () => {
    fc.assert(
      fc.property(
        fc.array(anyValue, { maxLength: 30 }),
        fc.array(anyValue, { maxLength: 30 }),
        (left, right) => {
          const merged = statisticsOf(left);
          const other = statisticsOf(right);
          const otherBefore = summary(other);
          merged.merge(other);
          const whole = statisticsOf([...left, ...right]);
          const scale = Math.max(0, ...left.map(Math.abs), ...right.map(Math.abs));
          expect(summary(other)).toEqual(otherBefore);
          expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
          if (whole.count > 0)
            expect(Math.abs(merged.mean - whole.mean)).toBeLessThanOrEqual(1e-13 * scale + TINY);
          if (whole.count > 1) {
            expect(Math.abs(merged.variance - whole.variance)).toBeLessThanOrEqual(
              1e-12 * scale * scale + TINY,
            );
          }
        },
      ),
    );
  });

  it('merges without loss of precision at mean 1e9', () => {
    const merged = statisticsOf([1e9 - 1, 1e9, 1e9 + 1]);
    merged.merge(statisticsOf([1e9 + 3, 1e9 + 4, 1e9 + 5]));
    merged.merge(new RunningStatistics());
    expect(summary(merged)).toEqual({
      count: 6,
      ignored: 0,
      mean: 1e9 + 2,
      variance: 5.6,
      standardDeviation: Math.sqrt(5.6),
      min: 1e9 - 1,
      max: 1e9 + 5,
    });
  });
});
