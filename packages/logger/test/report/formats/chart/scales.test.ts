import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsOf } from '../../../../src/report/formats/chart/runs.ts';
import { timeTicks } from '../../../../src/report/formats/chart/time-ticks.ts';
import { valueScale } from '../../../../src/report/formats/chart/value-scale.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('valueScale', () => {
  it.each([
    [0, 100, [0, 25, 50, 75, 100]],
    [3, 97, [0, 25, 50, 75, 100]],
    [400, 860, [0, 250, 500, 750, 1000]],
    [90.1, 93.4, [90, 91, 92, 93, 94]],
    [-4, 6, [-5, -2.5, 0, 2.5, 5, 7.5]],
    [-100, -3, [-100, -75, -50, -25, 0]],
    [0, 0, [0, 0.25, 0.5, 0.75, 1]],
    [5, 5, [0, 2, 4, 6, 8]],
    [0.0001, 0.0004, [0, 0.0001, 0.0002, 0.0003, 0.0004]],
  ])('from %d to %d has the ticks %j', (low, high, ticks) => {
    expect(valueScale(low, high).ticks).toEqual(ticks);
  });

  it('has few ascending ticks and a place for every value, however great or small', () => {
    fc.assert(
      fc.property(number, number, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, between) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { place, ticks } = valueScale(low, high);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(8);
        expect(ticks).toEqual([...new Set(ticks)].toSorted((x, y) => x - y));
        const value = low * (1 - between) + high * between;
        expect(place(value)).toBeGreaterThanOrEqual(0);
        expect(place(value)).toBeLessThanOrEqual(1);
        expect(place(low)).toBeLessThanOrEqual(place(high));
      }),
      { numRuns: 2000 },
    );
  });

  it('holds both ends between its first and its last tick', () => {
    const usual = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(usual, usual, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { ticks } = valueScale(low, high);
        const tolerance = Math.max(Math.abs(low), Math.abs(high)) * 1e-8 + 1e-300;
        expect(ticks[0]).toBeLessThanOrEqual(low + tolerance);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(high - tolerance);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('timeTicks', () => {
  const at = (hours: number, minutes = 0, seconds = 0): number =>
    Date.UTC(2026, 10, 22, hours, minutes, seconds);
  const texts = (from: number, to: number): string[] => timeTicks(from, to).map(({ text }) => text);

  it('stand at round times in UTC', () => {
    expect(texts(at(8), at(9))).toEqual(['08:00', '08:15', '08:30', '08:45']);
    expect(texts(at(8, 0, 7), at(8, 0, 20))).toEqual(['08:00:10', '08:00:15']);
    expect(texts(at(20), at(28))).toEqual(['20:00', '22:00', '23 Nov', '02:00']);
    expect(texts(at(0), at(7 * 24))).toEqual(['23 Nov', '25 Nov', '27 Nov']);
    expect(texts(at(0), at(1000 * 24))).toHaveLength(3);
  });

  it('are within the range, ascending and at most five, whatever the range', () => {
    const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(
      fc.property(time, time, (from, to) => {
        const times = timeTicks(from, to).map((tick) => tick.time);
        expect(times.length).toBeLessThanOrEqual(5);
        expect(times.every((each) => each >= from && each < to)).toBe(true);
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
      }),
    );
    expect(timeTicks(5, 5)).toEqual([]);
    expect(timeTicks(6, 5)).toEqual([]);
  });
});

describe('runsOf', () => {
  const points = (...times: number[]) => times.map((time) => ({ time, mean: 1, min: 1, max: 1 }));
  const runs = (from: number, to: number, ...times: number[]) => {
    const { runs: found, gaps } = runsOf(points(...times), { from, to, label: '' });
    return {
      runs: found.map((run) => run.map(({ time }) => time)),
      gaps: gaps.map((gap) => [gap.from, gap.to]),
    };
  };

  it('parts points where some are missing', () => {
    expect(runs(0, 60, 0, 10, 20, 40, 50)).toEqual({
      runs: [
        [0, 10, 20],
        [40, 50],
      ],
      gaps: [[20, 40]],
    });
  });

  it('sees what is missing at the ends', () => {
    expect(runs(0, 100, 40, 50, 60)).toEqual({
      runs: [[40, 50, 60]],
      gaps: [
        [0, 40],
        [60, 100],
      ],
    });
  });

  it('takes a metric that is measured rarely as it is', () => {
    expect(runs(0, 400, 0, 100, 200, 300).gaps).toEqual([]);
  });

  it('knows a single point, and none', () => {
    expect(runs(0, 100, 50)).toEqual({ runs: [[50]], gaps: [] });
    expect(runs(0, 100)).toEqual({ runs: [], gaps: [[0, 100]] });
  });

  it('keeps every point once, in order', () => {
    const times = fc.uniqueArray(fc.nat({ max: 1000 })).map((list) => list.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(times, (list) => {
        expect(runs(0, 1000, ...list).runs.flat()).toEqual(list);
      }),
    );
  });
});
