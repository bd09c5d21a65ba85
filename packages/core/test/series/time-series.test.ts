import { ConfigurationError, lttb, TimeSeries } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function seriesOf(capacity: number, samples: Iterable<readonly [number, number]>): TimeSeries {
  const series = new TimeSeries(capacity);
  for (const [time, value] of samples) series.push(time, value);
  return series;
}

describe('TimeSeries', () => {
  it('keeps the newest samples, oldest first, and counts what it overwrote', () => {
    const series = seriesOf(3, [
      [10, 1],
      [20, 2],
      [30, 3],
      [40, 4],
    ]);
    expect({
      times: [...series.times()],
      values: [...series.values()],
      length: series.length,
      capacity: series.capacity,
      last: series.last,
      dropped: series.dropped,
    }).toEqual({
      times: [20, 30, 40],
      values: [2, 3, 4],
      length: 3,
      capacity: 3,
      last: { time: 40, value: 4 },
      dropped: 1,
    });
  });

  it('reads by index from either end and gives NaN outside', () => {
    const series = seriesOf(2, [
      [10, 1],
      [20, 2],
      [30, 3],
    ]);
    const indexes = [0, 1, 2, -1, -2, -3, 0.5, Number.NaN];
    expect(indexes.map((index) => series.timeAt(index))).toEqual([
      20,
      30,
      Number.NaN,
      30,
      20,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(indexes.map((index) => series.valueAt(index))).toEqual([
      2,
      3,
      Number.NaN,
      3,
      2,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it('is empty at first and after clear', () => {
    const empty = { times: new Float64Array(), values: new Float64Array() };
    const series = new TimeSeries(2);
    const state = () => [series.length, series.last, series.between(-1e300, 1e300), series.downsample(2)];
    expect(state()).toEqual([0, undefined, empty, empty]);
    for (const time of [3, 2, 1]) series.push(time, time);
    series.clear();
    expect(state()).toEqual([0, undefined, empty, empty]);
    expect(series.dropped).toBe(1);
    series.push(0, 7);
    expect(series.between(0, 0)).toEqual({ times: Float64Array.of(0), values: Float64Array.of(7) });
  });

  it('finds samples between two times, both included, equal ones among them', () => {
    const series = seriesOf(10, [
      [1, 10],
      [2, 20],
      [2, 21],
      [2, 22],
      [3, 30],
    ]);
    const values = (from: number, to: number) => [...series.between(from, to).values];
    expect(values(2, 2)).toEqual([20, 21, 22]);
    expect(values(2, 3)).toEqual([20, 21, 22, 30]);
    expect(values(-Infinity, 2)).toEqual([10, 20, 21, 22]);
    expect(values(2.5, 2.9)).toEqual([]);
    expect(values(3, 1)).toEqual([]);
    expect(values(4, 9)).toEqual([]);
    expect(values(Number.NaN, 9)).toEqual([]);
  });

  it('keeps samples in the order of arrival when the clock is set back, and finds them by their times', () => {
    const series = seriesOf(10, [
      [100, 1],
      [200, 2],
      [150, 3],
      [160, 4],
      [210, 5],
    ]);
    expect([...series.times()]).toEqual([100, 200, 150, 160, 210]);
    expect(series.last).toEqual({ time: 210, value: 5 });
    expect(series.between(140, 200)).toEqual({
      times: Float64Array.of(200, 150, 160),
      values: Float64Array.of(2, 3, 4),
    });
  });

  it('answers between as a search through everything would', () => {
    const times = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 });
    const sorted = times.map((list) => [...list].sort((a, b) => a - b));
    const mostlySorted = fc.tuple(times, sorted).map(([loose, tidy]) => [...loose.slice(0, 5), ...tidy]);
    fc.assert(
      fc.property(
        fc.oneof(times, sorted, mostlySorted),
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: -2, max: 32 }),
        fc.integer({ min: -2, max: 32 }),
        (pushed, capacity, from, to) => {
          const series = seriesOf(
            capacity,
            pushed.map((time, index) => [time, index] as const),
          );
          const kept = pushed.map((time, index) => ({ time, index })).slice(-capacity);
          const expected = kept.filter(({ time }) => time >= from && time <= to);
          expect([...series.times()]).toEqual(kept.map(({ time }) => time));
          expect([...series.values()]).toEqual(kept.map(({ index }) => index));
          expect(series.between(from, to)).toEqual({
            times: Float64Array.from(expected, ({ time }) => time),
            values: Float64Array.from(expected, ({ index }) => index),
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('downsamples as lttb does, also after going round', () => {
    const series = new TimeSeries(100);
    for (let time = 0; time < 250; time++) series.push(time, Math.sin(time / 5));
    expect(series.downsample(12)).toEqual(lttb(series.times(), series.values(), 12));
    expect(series.downsample(500)).toEqual({ times: series.times(), values: series.values() });
    expect(() => series.downsample(1)).toThrow(ConfigurationError);
  });

  it('hands out copies', () => {
    const series = seriesOf(2, [
      [1, 10],
      [2, 20],
    ]);
    for (const copy of [
      series.times(),
      series.values(),
      series.between(0, 9).times,
      series.downsample(2).values,
    ]) {
      copy.fill(-1);
    }
    expect([[...series.times()], [...series.values()]]).toEqual([
      [1, 2],
      [10, 20],
    ]);
  });

  it('takes gaps and infinities as values', () => {
    const series = seriesOf(3, [
      [1, Number.NaN],
      [2, Number.POSITIVE_INFINITY],
    ]);
    expect([...series.values()]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, '5'])('refuses the time %s', (time) => {
    const series = new TimeSeries(3);
    expect(() => series.push(time as number, 1)).toThrow('TimeSeries.push: timeMs must be a finite number');
    expect(series.length).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 27 + 1, '3'])('refuses the capacity %s', (capacity) => {
    const make = () => new TimeSeries(capacity as number);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(`TimeSeries: capacity must be an integer from 1 to ${2 ** 27}`);
  });
});
