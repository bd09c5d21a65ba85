import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findExcursions } from '../../../src/report/analysis/anomalies.ts';
import { compare, judge } from '../../../src/report/analysis/compare.ts';
import { effectiveSize } from '../../../src/report/analysis/effective-size.ts';
import { significanceLimit } from '../../../src/report/analysis/false-discovery.ts';
import { rounded } from '../../../src/report/analysis/rounded.ts';
import { readSeries } from '../../../src/report/analysis/series-values.ts';
import { studentQuantile } from '../../../src/report/analysis/student-quantile.ts';
import { findTrend } from '../../../src/report/analysis/trend.ts';
import { metric, noise, START, STEP, series, slice } from '../slices.ts';

describe('rounded', () => {
  it.each([
    [1234.5678, 1235],
    [0.000123456, 0.0001235],
    [-0, 0],
    [-0.00001234567, -0.00001235],
    [Number.MAX_VALUE, Number.MAX_VALUE],
    [5e-324, 5e-324],
  ])('%d is %d', (value, short) => {
    expect(rounded(value)).toBe(short);
  });
});

describe("the quantile of Student's distribution", () => {
  // Tables of the distribution, two-sided 95 % and 99 %.
  it.each([
    [0.975, 4, 2.776],
    [0.975, 10, 2.228],
    [0.975, 30, 2.042],
    [0.995, 10, 3.169],
    [0.975, Number.POSITIVE_INFINITY, 1.96],
  ])('at %d with %d degrees of freedom is %d', (p, freedom, value) => {
    expect(Math.abs(studentQuantile(p, freedom) / value - 1)).toBeLessThan(0.003);
  });
});

describe('the effective size', () => {
  it('is about that of independent values, and far less of those that remember', () => {
    const gauss = noise(1);
    const white = Array.from({ length: 400 }, gauss);
    expect(effectiveSize(white)).toBeGreaterThan(330);
    let state = 0;
    const red = white.map((shock) => {
      state = 0.9 * state + shock;
      return state;
    });
    // n (1 - 0.9) / (1 + 0.9) is 21.
    expect(effectiveSize(red)).toBeGreaterThan(10);
    expect(effectiveSize(red)).toBeLessThan(40);
    expect(effectiveSize([5, 5, 5, 5, 5, 5])).toBe(6);
    expect(effectiveSize([])).toBe(0);
  });
});

describe('the limit of significance', () => {
  it('is that of Benjamini and Hochberg', () => {
    // Of their paper, table of 15 p-values: the four smallest count.
    const given = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
      0.759, 1,
    ];
    expect(significanceLimit(given.toReversed())).toBe(0.0095);
    expect(significanceLimit([Number.NaN, 0.04])).toBe(0.04);
    expect(significanceLimit([0.2, Number.NaN])).toBe(-1);
    expect(significanceLimit([])).toBe(-1);
  });
});

describe('a comparison', () => {
  const level = (mean: number, seed: number, n = 60) => {
    const gauss = noise(seed);
    const values = Array.from({ length: n }, () => mean + gauss());
    return { mean: values.reduce((sum, value) => sum + value / n, 0), values };
  };

  it('covers the true change in about 95 of 100 cases', () => {
    let covered = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const { interval } = compare(level(12, seed), level(10, 1000 + seed));
      if (interval && interval[0] <= 0.2 && interval[1] >= 0.2) covered += 1;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.98);
  });

  it.each([
    ['lower', 'worse'],
    ['higher', 'better'],
    [undefined, 'changed'],
  ] as const)('of more, where better is %s, is %s', (better, judgement) => {
    const result = judge(compare(level(12, 1), level(10, 2)), 0.05, better, 'the hour before');
    expect(result.judgement).toBe(judgement);
    expect(result.message).toMatch(
      /^(19|20|21|22) % higher than in the hour before \(95 % interval: \+\d+ % to \+\d+ %\)\.$/,
    );
  });

  it('says what it cannot tell', () => {
    const few = judge(compare(level(12, 1, 5), level(10, 2, 5)), 0.05, 'lower', 'the hour before');
    expect(few).toMatchObject({ judgement: 'unclear' });
    expect(few.message).toMatch(
      / higher than in the hour before, of too few values to tell it from chance\.$/,
    );
    expect(few.interval).toBeUndefined();
    const wide = judge(compare(level(1.3, 1, 10), level(1, 2, 10)), -1, 'lower', 'the hour before');
    expect(wide.message).toMatch(/, which may be chance\.$/);
  });

  it('knows no ratio to nothing, but knows worse from better', () => {
    const zero = { mean: 0, values: Array(20).fill(0) };
    const some = { mean: 3, values: Array(20).fill(3) };
    expect(judge(compare(some, zero), 0.05, 'lower', 'the hour before')).toEqual({
      mean: 0,
      judgement: 'worse',
      message: 'It was 0 in the hour before.',
    });
    expect(judge(compare(some, zero), 0.05, 'higher', 'the hour before').judgement).toBe('better');
    expect(judge(compare(zero, zero), 0.05, 'lower', 'the hour before').judgement).toBe('same');
    expect(judge(compare(zero, some), 0.05, 'lower', 'the hour before')).toMatchObject({
      change: -1,
      judgement: 'better',
    });
  });

  it('sees that everything has moved, whatever a few steps do to the mean', () => {
    const { values } = level(15, 1);
    const spiked = values.with(30, 900).with(31, 1000);
    const mean = spiked.reduce((sum, value) => sum + value / spiked.length, 0);
    const result = judge(compare({ mean, values: spiked }, level(10, 2)), 0.05, 'lower', 'the hour before');
    expect(result.judgement).toBe('worse');
    expect(result.interval).toBeUndefined();
    expect(result.message).toMatch(
      /^4\.\d times as high as in the hour before \(median of the steps: \+(4|5)\d %\)\.$/,
    );
    // The same spike alone moves the mean, and says nothing of the rest.
    const alone = level(10, 3).values.with(30, 900).with(31, 1000);
    const moved = { mean: alone.reduce((sum, value) => sum + value / alone.length, 0), values: alone };
    expect(judge(compare(moved, level(10, 2)), 0.05, 'lower', 'the hour before').judgement).toBe('unclear');
  });

  it('of what is negative has the sign of the difference', () => {
    const result = judge(compare(level(-8, 1), level(-10, 2)), 0.05, 'higher', 'the hour before');
    expect(result).toMatchObject({ judgement: 'better' });
    expect(result.change).toBeCloseTo(0.2, 1);
  });
});

function read(steps: readonly (readonly number[])[]) {
  const [values] = readSeries(slice({ series: [series(metric('m'), steps)] }));
  if (!values) throw new Error('there are no values');
  return values;
}

describe('a trend', () => {
  it('is found with its slope, whatever the outliers', () => {
    const gauss = noise(1);
    const steps = Array.from({ length: 60 }, (_, step) => [
      100 + step + gauss() + (step % 15 === 7 ? 500 : 0),
    ]);
    const { line, pValue } = findTrend(read(steps));
    // One a step of half a minute.
    expect(line?.slope).toBeCloseTo(120, -1);
    expect(line?.interval[0]).toBeLessThan(120);
    expect(line?.interval[1]).toBeGreaterThan(120);
    expect(line?.level).toBeCloseTo(159, -1);
    expect(pValue).toBeLessThan(1e-6);
  });

  it('takes time as it passed, over gaps', () => {
    const steps = Array.from({ length: 60 }, (_, step) => (step > 10 && step < 40 ? [] : [step]));
    expect(findTrend(read(steps)).line?.slope).toBeCloseTo(120, 6);
  });

  it('is none of few values, of no slope, or of one that does not matter', () => {
    expect(findTrend(read(Array.from({ length: 9 }, (_, step) => [step])))).toEqual({ pValue: Number.NaN });
    expect(findTrend(read(Array(30).fill([4]))).line).toBeUndefined();
    expect(findTrend(read(Array.from({ length: 60 }, (_, step) => [1000 + step / 10]))).line).toBeUndefined();
  });
});

describe('anomalies', () => {
  const at = (extra: ReadonlyMap<number, number>, count = 5) => {
    const gauss = noise(7);
    return read(
      Array.from({ length: 120 }, (_, step) =>
        Array.from({ length: count }, () => 100 + gauss() + (extra.get(step) ?? 0)),
      ),
    );
  };

  it('are runs of steps, with one between them too', () => {
    const { found } = findExcursions(
      at(
        new Map([
          [30, 50],
          [31, 80],
          [33, 60],
          [70, -60],
        ]),
      ),
      120,
    );
    expect(found).toMatchObject([
      { from: START + 30 * STEP, to: START + 34 * STEP, isAbove: true },
      { from: START + 70 * STEP, to: START + 71 * STEP, isAbove: false },
    ]);
    expect(found[0]?.value).toBeCloseTo(180, -1);
    expect(found[0]?.expected[0]).toBeGreaterThan(98);
    expect(found[0]?.expected[1]).toBeLessThan(102);
  });

  it('are none where it happens again and again', () => {
    const often = new Map([10, 30, 50, 70, 90].map((step) => [step, 80]));
    expect(findExcursions(at(often), 120)).toEqual({ found: [], recurring: 5 });
  });

  it('need more than one odd value, and a change that matters', () => {
    expect(findExcursions(at(new Map([[30, 80]]), 1), 120).found).toEqual([]);
    expect(findExcursions(at(new Map([[30, 9]])), 120).found).toEqual([]);
    expect(
      findExcursions(read(Array.from({ length: 11 }, (_, step) => [step === 5 ? 9 : 1, 1, 1])), 11).found,
    ).toEqual([]);
  });

  it('stand out of a series that is otherwise constant', () => {
    const steps = Array.from({ length: 60 }, (_, step) => Array(4).fill(step === 20 ? 3 : 0));
    expect(findExcursions(read(steps), 60).found).toMatchObject([{ value: 3, expected: [0, 0] }]);
  });

  it('lie outside what is expected of the others, wherever they are found (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }), {
          maxLength: 60,
        }),
        (steps) => {
          const [values] = readSeries(slice({ series: [series(metric('m'), steps)] }));
          if (!values) return;
          const { found } = findExcursions(values, 1000);
          for (const { from, to, value, isAbove, expected, score } of found) {
            expect(from).toBeLessThan(to);
            expect(score).toBeGreaterThan(1);
            expect(expected[0]).toBeLessThanOrEqual(expected[1]);
            expect(isAbove ? value > expected[1] : value < expected[0]).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
