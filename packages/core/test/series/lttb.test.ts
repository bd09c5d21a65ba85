import { ConfigurationError, lttb, type SeriesSlice } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const START = Date.UTC(2026, 0, 1);
const rows = ({ times, values }: SeriesSlice): [number, number][] =>
  [...times].map((time, index) => [time, values[index] ?? Number.NaN]);

type Row = readonly [time: number, value: number];

/** Twice the area of a triangle by its corners. */
function area([at, a]: Row, [bt, b]: Row, [ct, c]: Row): number {
  return Math.abs((at - ct) * (b - a) - (at - bt) * (c - a));
}

function meanOf(bucket: readonly Row[]): Row {
  const mean = (column: 0 | 1): number => bucket.reduce((sum, row) => sum + row[column], 0) / bucket.length;
  return [mean(0), mean(1)];
}

describe('lttb', () => {
  it('gives the published result of TimescaleDB Toolkit', () => {
    // https://www.tigerdata.com/docs/reference/toolkit/downsampling/lttb: 168 hours of a sine to 8 points.
    const hours = Array.from({ length: 168 }, (_, index) => index + 1);
    const values = hours.map((hour) => 5 + 5 * Math.sin((hour / 24) * Math.PI));
    const { times, values: picked } = lttb(hours, values, 8);
    expect([...times]).toEqual([1, 13, 35, 59, 85, 112, 140, 168]);
    const published = [
      5.652630961100257, 9.957224306869053, 0.04277569313094798, 9.957224306869051, 0.04277569313094709,
      9.330127018922191, 2.4999999999999996, 5.000000000000004,
    ];
    picked.forEach((value, index) => {
      expect(value).toBeCloseTo(published[index] ?? Number.NaN, 12);
    });
  });

  it('gives the published result of lttb-rs', () => {
    // https://github.com/jeromefroe/lttb-rs, src/lib.rs
    expect(rows(lttb([0, 1, 2, 3, 4], [10, 12, 8, 10, 12], 3))).toEqual([
      [0, 10],
      [2, 8],
      [4, 12],
    ]);
  });

  it('picks from every bucket the largest triangle, as the thesis defines it', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: -100, max: 100 })), {
      minLength: 10,
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 3, max: 9 }), (given, points) => {
        let time = 0;
        const all = given.map(([step, value]): [number, number] => {
          time += step;
          return [time, value];
        });
        const first = all[0] ?? [0, 0];
        const last = all.at(-1) ?? [0, 0];
        const bound = (bucket: number): number => 1 + Math.floor((bucket * (all.length - 2)) / (points - 2));
        const buckets = Array.from({ length: points - 2 }, (_, bucket) =>
          all.slice(bound(bucket), bound(bucket + 1)),
        );
        const times = all.map(([at]) => at);
        const values = all.map(([, value]) => value);
        const picked = rows(lttb(times, values, points));
        expect(picked).toHaveLength(points);
        buckets.forEach((bucket, index) => {
          const before = picked[index] ?? first;
          const pick = picked[index + 1] ?? first;
          const next = meanOf(buckets[index + 1] ?? [last]);
          expect(bucket).toContainEqual(pick);
          const largest = Math.max(...bucket.map((row) => area(before, row, next)));
          expect(area(before, pick, next)).toBeGreaterThanOrEqual(largest - 1e-6);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the first and the last, the order, and only what it was given', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 120 }), fc.integer({ min: 2, max: 40 }), (values, points) => {
        const times = values.map((_, index) => START + index * 1000);
        const all = rows({ times: Float64Array.from(times), values: Float64Array.from(values) });
        const picked = rows(lttb(times, values, points));
        expect(picked).toHaveLength(Math.min(points, values.length));
        expect(picked[0]).toEqual(all[0]);
        expect(picked.at(-1)).toEqual(all.at(-1));
        const indexes = picked.map(([time]) => (time - START) / 1000);
        expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
        for (const [time, kept] of picked) expect(kept).toEqual(all[(time - START) / 1000]?.[1]);
      }),
    );
  });

  it('copies everything when there are points enough', () => {
    const times = Float64Array.of(1, 2, 3);
    const values = Float64Array.of(4, Number.NaN, 6);
    const result = lttb(times, values, 3);
    expect(result).toEqual({ times, values });
    result.times[0] = 99;
    expect(times[0]).toBe(1);
    expect(lttb([], [], 2)).toEqual({ times: new Float64Array(), values: new Float64Array() });
    expect(rows(lttb([7], [8], 2))).toEqual([[7, 8]]);
  });

  it('with two points keeps the ends', () => {
    expect(rows(lttb([1, 2, 3, 4], [5, 6, 7, 8], 2))).toEqual([
      [1, 5],
      [4, 8],
    ]);
  });

  it('keeps a spike of one sample among ten thousand', () => {
    const times = Array.from({ length: 10_000 }, (_, index) => START + index * 1000);
    const values = times.map((_, index) => (index === 4321 ? 900 : 10 + (index % 2)));
    expect([...lttb(times, values, 50).values]).toContain(900);
  });

  it('does not depend on where time starts', () => {
    const values = Array.from({ length: 500 }, (_, index) => Math.sin(index / 7) + Math.cos(index / 31));
    const near = lttb([...values.keys()], values, 40);
    const far = lttb(
      values.map((_, index) => START + index),
      values,
      40,
    );
    expect(far.values).toEqual(near.values);
  });

  it('shows a gap of two buckets, wherever it lies, and still keeps what stands out beside it', () => {
    const samples = 200;
    const points = 42; // 40 buckets of 4.95 samples
    const times = Array.from({ length: samples }, (_, index) => index);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: samples - 10 }), (gap) => {
        const spike = (gap + 100) % samples;
        const values = times.map((index) => {
          if (index >= gap && index < gap + 10) return Number.NaN;
          return index === spike ? 1000 : index % 3;
        });
        const picked = [...lttb(times, values, points).values];
        expect(picked.some(Number.isNaN)).toBe(true);
        expect(picked).toContain(1000);
      }),
    );
  });

  it('never lets a single missing value push out the numbers of its bucket', () => {
    const times = Array.from({ length: 100 }, (_, index) => index);
    const values = times.map((index) => (index % 5 === 2 ? Number.NaN : 1 + (index % 7)));
    const picked = [...lttb(times, values, 20).values];
    expect(picked.every(Number.isFinite)).toBe(true);
  });

  it('picks the extremes after a gap that both neighbours fall into', () => {
    // Buckets: [1, 2, 3] and [4, 5, 6]; the first sample and the whole second bucket are gaps.
    const values = [Number.NaN, 5, 9, 5, Number.NaN, Number.NaN, Number.NaN, 5];
    expect([...lttb([...values.keys()], values, 4).times]).toEqual([0, 2, 4, 7]);
  });

  it('takes any values: all gaps, all equal, all at one time, near the largest number', () => {
    const times = [0, 1, 2, 3, 4, 5, 6];
    expect([
      ...lttb(
        times,
        times.map(() => Number.NaN),
        4,
      ).times,
    ]).toEqual([0, 1, 3, 6]);
    expect([
      ...lttb(
        times,
        times.map(() => 5),
        4,
      ).times,
    ]).toEqual([0, 1, 3, 6]);
    expect([
      ...lttb(
        times.map(() => 5),
        times,
        4,
      ).values,
    ]).toHaveLength(4);
    expect([
      ...lttb(
        times,
        times.map((time) => (time % 2 ? 1 : -1) * Number.MAX_VALUE),
        4,
      ).times,
    ]).toHaveLength(4);
  });

  it.each([1, 0, -5, 2.5, Number.NaN, '10'])('refuses %s points', (points) => {
    const call = () => lttb([1, 2, 3], [1, 2, 3], points as number);
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow('lttb: points must be an integer of at least 2');
  });

  it('refuses columns of unequal length', () => {
    expect(() => lttb([1, 2, 3], [1, 2], 2)).toThrow(
      'lttb: values.length must be the length of times, 3, got 2',
    );
  });
});
