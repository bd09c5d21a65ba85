import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { MemoryHistory } from '../../src/history/memory-history.ts';
import { RecordSlice } from '../../src/history/record-slice.ts';
import type { LogRecord } from '../../src/log-record.ts';
import { BASE, describeHistory, event, metric, NOW } from './history-contract.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describeHistory('MemoryHistory', async () => {
  const history = new MemoryHistory({ clock: new VirtualClock(NOW), instance: 'here' });
  return { sink: history, history, instance: 'here', close: async () => {} };
});

describeHistory('RecordSlice', async () => {
  const records: LogRecord[] = [];
  return {
    sink: { name: 'list', write: async (batch) => void records.push(...batch) },
    history: {
      async read(query) {
        const slice = new RecordSlice(query);
        for (const record of records) slice.add(record, 'here');
        return slice.toSlice();
      },
    },
    instance: 'here',
    close: async () => {},
  };
});

describe('MemoryHistory', () => {
  it('keeps fourteen days in steps that grow with age, and every value in each of them', async () => {
    const clock = new VirtualClock(BASE);
    const history = new MemoryHistory({ clock });
    // A value a minute, written every ten.
    for (let minute = 0; minute < 15 * 24 * 60; minute += 10) {
      await history.write(
        Array.from({ length: 10 }, (_, index): LogRecord => {
          const time = BASE + (minute + index) * 60_000;
          return { kind: 'metric', time, name: 'm', value: (minute + index) % 7 };
        }),
      );
      clock.advance(600_000);
    }
    const now = clock.now();
    const week = await history.read({ range: { from: now - 7 * DAY, to: now }, steps: 168 });
    expect(week.stepMs).toBe(HOUR);
    expect(week.series[0]?.buckets).toHaveLength(168);
    expect(week.series[0]?.sketch.count).toBe(7 * 24 * 60);
    const fine = await history.read({ range: { from: now - HOUR, to: now }, steps: 360 });
    expect(fine.stepMs).toBe(10_000);
    expect(fine.series[0]?.sketch.count).toBe(60);
    // An end that is no whole hour is read from the minutes.
    const odd = await history.read({
      range: { from: now - 20 * HOUR - 90_000, to: now - 30_000 },
      steps: 20,
    });
    expect(odd.series[0]?.sketch.count).toBe(20 * 60 + 2);
    const all = await history.read({ range: { from: BASE, to: now }, steps: 15 });
    expect(all.series[0]?.sketch.count).toBeLessThanOrEqual(14 * 24 * 60 + 120);
    expect(all.series[0]?.sketch.count).toBeGreaterThanOrEqual(14 * 24 * 60);
  });

  it('takes late records into the step that they belong to', async () => {
    const history = new MemoryHistory({ clock: new VirtualClock(NOW) });
    for (const elapsed of [0, 50_000, 5000, 55_000, 1000]) await history.write([metric('m', elapsed, 1)]);
    const slice = await history.read({ range: { from: BASE, to: NOW }, steps: 360 });
    expect(slice.series[0]?.buckets.map(({ time, count }) => [time - BASE, count])).toEqual([
      [0, 3],
      [50_000, 2],
    ]);
    expect(slice.series[0]?.sketch.count).toBe(5);
  });

  it('is bounded: series beyond the most are counted as lost', async () => {
    const history = new MemoryHistory({ clock: new VirtualClock(NOW), maxSeries: 10 });
    const records = Array.from({ length: 1000 }, (_, index) => metric(`m${index}`, 0, 1));
    await history.write([...records, event('e', 0, {})]);
    expect(history.getStats()).toEqual({ series: 10, written: 10, dropped: 991 });
    const slice = await history.read({ range: { from: BASE, to: NOW }, steps: 1 });
    expect(slice.series).toHaveLength(10);
    expect(slice.lost).toBe(991);
  });

  it('gives the room of what has not been seen for long to others', async () => {
    const clock = new VirtualClock(NOW);
    const history = new MemoryHistory({ clock, maxSeries: 1 });
    await history.write([event('old', 0, {})]);
    clock.advance(15 * DAY);
    await history.write([{ kind: 'event', time: clock.now(), type: 'new', data: {} }]);
    const { events } = await history.read({ range: { from: NOW, to: clock.now() + 1 }, steps: 1 });
    expect(events.map(({ type }) => type)).toEqual(['new']);
  });

  it('drops what is older than it keeps, or as far ahead, and survives a clock that is set back', async () => {
    const clock = new VirtualClock(NOW);
    const history = new MemoryHistory({ clock });
    const at = (time: number): LogRecord => ({ kind: 'metric', time, name: 'm', value: 1 });
    await history.write([at(NOW), at(NOW - 30 * DAY), at(NOW + 30 * DAY)]);
    clock.setWallTime(NOW - HOUR);
    await history.write([at(NOW - HOUR)]);
    expect(history.getStats()).toMatchObject({ written: 2, dropped: 2 });
    const slice = await history.read({ range: { from: NOW - 2 * HOUR, to: NOW + HOUR }, steps: 3 });
    expect(slice.series[0]?.sketch.count).toBe(2);
  });

  it('grows no more once its finer steps are full', async () => {
    const clock = new VirtualClock(BASE);
    const history = new MemoryHistory({ clock });
    const names = Array.from({ length: 20 }, (_, n) => `metric ${n}`);
    const writeDay = async (): Promise<number> => {
      for (let minute = 0; minute < 1440; minute++) {
        const records = [0, 10, 20, 30, 40, 50].flatMap((second) =>
          names.map((name, n): LogRecord => {
            const time = clock.now() + second * 1000;
            return { kind: 'metric', time, name, value: 20 + ((minute * 6 + second + n) % 97) };
          }),
        );
        clock.advance(60_000);
        await history.write(records);
      }
      return heapUsed();
    };
    const before = heapUsed();
    const first = (await writeDay()) - before;
    // Another day's hours are a small part of it.
    expect((await writeDay()) - before).toBeLessThan(1.5 * first);
    expect(history.getStats().written).toBe(2 * 8640 * 20);
  });

  it('names what is wrong with its options', () => {
    const options = { retention: { tenSeconds: '3d', minutes: '1d' }, maxSeries: 0 };
    expect(() => new MemoryHistory(options)).toThrow(ConfigurationError);
    expect(() => new MemoryHistory({ retention: { tenSeconds: '3d' } })).toThrow(
      'retention.tenSeconds must be no longer than retention.minutes',
    );
    expect(() => new MemoryHistory({ instance: '' })).toThrow('instance');
  });
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  return process.memoryUsage().heapUsed;
}
