import { ConfigurationError } from '@evenkeel/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { History, HistoryQuery, HistorySlice } from '../../src/history/history.ts';
import type { LogRecord, MetricDefinition, MetricRecord } from '../../src/log-record.ts';
import type { Sink } from '../../src/sink.ts';

/** A history that is empty, and what writes into it. */
export interface OpenHistory {
  readonly sink: Sink;
  readonly history: History;
  /** Who it says has written. */
  readonly instance: string;
  close(): Promise<void>;
}

/** When all of the records were made. */
export const BASE = Date.UTC(2024, 0, 1);

/** What the clock of the history is to say. */
export const NOW = BASE + 3_600_000;

const MINUTE = 60_000;
const HOUR = { from: BASE, to: BASE + 60 * MINUTE };

const LATENCY: MetricDefinition = {
  name: 'latency',
  unit: 'ms',
  description: 'How long it takes',
  area: 'http',
  better: 'lower',
  target: 200,
};

/** What every history does, whatever it keeps its records in. */
export function describeHistory(name: string, create: () => Promise<OpenHistory>): void {
  describe(`${name} as a history`, () => {
    const opened: OpenHistory[] = [];
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
    });

    const filled = async (...batches: LogRecord[][]): Promise<OpenHistory> => {
      const open = await create();
      opened.push(open);
      for (const batch of batches) await open.sink.write(batch, new AbortController().signal);
      await open.sink.flush?.(new AbortController().signal);
      return open;
    };
    const read = async (batches: LogRecord[][], query: HistoryQuery): Promise<HistorySlice> =>
      (await filled(...batches)).history.read(query);

    it('gives buckets, quantiles and the definition of a metric', async () => {
      const open = await filled([
        { kind: 'definition', time: BASE, ...LATENCY },
        metric('latency', 0, 10),
        metric('latency', 59_999, 30),
        metric('latency', 3 * MINUTE, -5.5),
      ]);
      const slice = await open.history.read({ range: HOUR, steps: 60 });
      expect(slice).toMatchObject({
        stepMs: MINUTE,
        instances: [open.instance],
        events: [],
        benchmarks: [],
        lost: 0,
      });
      expect(slice.series).toHaveLength(1);
      const [series] = slice.series;
      expect(series?.definition).toEqual(LATENCY);
      expect(series?.instances).toEqual([open.instance]);
      expect(series?.buckets).toEqual([
        { time: BASE, count: 2, sum: 40, min: 10, max: 30 },
        { time: BASE + 3 * MINUTE, count: 1, sum: -5.5, min: -5.5, max: -5.5 },
      ]);
      expect(series?.sketch.toJSON()).toMatchObject({ sum: 34.5, min: -5.5, max: 30 });
      expect(series?.sketch.count).toBe(3);
      expect(Math.abs((series?.sketch.quantile(0.5) ?? 0) - 10)).toBeLessThanOrEqual(0.1);
    });

    it('takes an undefined metric for a plain number, and the last definition for the right one', async () => {
      const slice = await read(
        [
          [metric('plain', 0, 1), { kind: 'definition', time: BASE, ...LATENCY, unit: 's' }],
          [{ kind: 'definition', time: BASE + 1, ...LATENCY }, metric('latency', 2, 1)],
        ],
        { range: HOUR, steps: 1 },
      );
      expect(slice.series.map(({ definition }) => definition)).toEqual([
        LATENCY,
        { name: 'plain', unit: '', description: '', area: 'application' },
      ]);
    });

    it('counts events and gives the last twenty', async () => {
      const events = Array.from({ length: 50 }, (_, index) => event('deploy', index * MINUTE, { index }));
      const slice = await read([[...events, event('alone', MINUTE, {})]], { range: HOUR, steps: 6 });
      expect(slice.stepMs).toBe(10 * MINUTE);
      expect(slice.events.map(({ type, count }) => [type, count])).toEqual([
        ['alone', 1],
        ['deploy', 50],
      ]);
      expect(slice.events[1]?.buckets).toEqual(
        [0, 1, 2, 3, 4].map((index) => ({ time: BASE + index * 10 * MINUTE, count: 10 })),
      );
      expect(slice.events[1]?.samples).toEqual(events.slice(30));
    });

    it('gives the runs of benchmarks as they were', async () => {
      const runs = [3, 1, 2].map((minute) => ({
        kind: 'benchmark' as const,
        time: BASE + minute * MINUTE,
        id: 'parse',
        durationMs: minute + 0.5,
        measurements: [{ label: 'read', elapsedMs: 0.25, deltaMs: 0.25 }],
        ...(minute === 2 && { context: { input: 'large' } }),
      }));
      const slice = await read([runs], { range: HOUR, steps: 10 });
      const [third, first, second] = runs;
      expect(slice.benchmarks).toEqual([{ id: 'parse', count: 3, runs: [first, second, third] }]);
    });

    it('adds up what was lost on the way', async () => {
      const slice = await read(
        [[event('records_lost', 0, { count: 7 }), event('records_lost', MINUTE, { count: 5 })]],
        { range: HOUR, steps: 10 },
      );
      expect(slice.lost).toBe(12);
      expect(slice.events.map(({ type, count }) => [type, count])).toEqual([['records_lost', 2]]);
    });

    it('leaves out what lies outside of the range, and what is not asked for', async () => {
      const { history } = await filled([
        metric('latency', 0, 1),
        metric('latency', 10 * MINUTE, 2),
        metric('latency', 20 * MINUTE, 4),
        event('deploy', 0, {}),
        event('deploy', 10 * MINUTE, {}),
        { kind: 'benchmark', time: BASE + 10 * MINUTE, id: 'b', durationMs: 1, measurements: [] },
      ]);
      const range = { from: BASE + 10 * MINUTE, to: BASE + 20 * MINUTE };
      const slice = await history.read({ range, steps: 10 });
      expect(slice.series[0]?.buckets.map(({ sum }) => sum)).toEqual([2]);
      expect(slice.series[0]?.sketch.count).toBe(1);
      expect(slice.events[0]).toMatchObject({ count: 1, samples: [{ time: BASE + 10 * MINUTE }] });
      const less = await history.read({ range, steps: 10, include: { events: false, benchmarks: false } });
      expect([less.events, less.benchmarks]).toEqual([[], []]);
      const before = await history.read({
        range: { from: BASE - 20 * MINUTE, to: BASE - MINUTE },
        steps: 10,
      });
      expect(before).toMatchObject({ series: [], events: [], benchmarks: [], instances: [], lost: 0 });
    });

    it('keeps hostile names and data apart, and never a value that is no number', async () => {
      const names = [
        'a\0b',
        '\ud800',
        '"; drop table x; --',
        '__proto__',
        'ünï "q" \\ {1,2}',
        '',
        ' ',
        '\\u0000',
      ];
      const data = {
        nul: 'a\0b',
        half: '\udfff',
        text: '"\\{}',
        escaped: '\\u0000 \\ud800',
        __proto__x: [null, true, 1e300, -0.5, { deep: ['\n'] }],
      };
      const records = names.flatMap((name, index): LogRecord[] => [
        metric(name, index, index + 1),
        event(name, index, { ...data, name }),
      ]);
      const broken = [
        metric('nan', 0, Number.NaN),
        metric('infinite', 0, Number.POSITIVE_INFINITY),
        { kind: 'metric', time: Number.NaN, name: 'when', value: 1 },
        { kind: 'metric', time: 1e300, name: 'when', value: 1 },
        { kind: 'later', time: BASE, name: 'what' },
      ] as LogRecord[];
      const slice = await read([[...broken, ...records, ...broken]], { range: HOUR, steps: 1 });
      expect(slice.series).toHaveLength(names.length);
      expect(slice.series.map(({ buckets }) => buckets[0]?.sum).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(slice.events).toHaveLength(names.length);
      const sample = slice.events.find(({ type }) => type === '__proto__')?.samples[0]?.data;
      expect(sample).toMatchObject({ text: data.text, escaped: data.escaped, __proto__x: data.__proto__x });
      expect(String(sample?.nul).replace('\ufffd', '\0')).toBe(data.nul);
    });

    it('keeps the extremes of what a number can be', async () => {
      const values = [
        Number.MAX_VALUE,
        Number.MAX_VALUE,
        -Number.MAX_VALUE,
        Number.MIN_VALUE,
        -0,
        1e-300,
        0.1,
      ];
      const slice = await read([values.map((value, index) => metric('wide', index, value))], {
        range: HOUR,
        steps: 1,
      });
      const [bucket] = slice.series[0]?.buckets ?? [];
      expect(bucket).toMatchObject({ count: 7, min: -Number.MAX_VALUE, max: Number.MAX_VALUE });
      expect(Number.isFinite(bucket?.sum)).toBe(true);
      expect(slice.series[0]?.sketch.count).toBe(7);
    });

    it('refuses ranges and steps that are none, naming what is wrong', async () => {
      const { history } = await filled();
      const reading = (query: unknown) => history.read(query as HistoryQuery);
      await expect(reading({ range: { from: 2, to: 1 }, steps: 1 })).rejects.toThrow(ConfigurationError);
      await expect(reading({ range: { from: Number.NaN, to: 1 }, steps: 1 })).rejects.toThrow('range.from');
      await expect(reading({ range: HOUR, steps: 0 })).rejects.toThrow('steps');
      await expect(reading({ range: HOUR, steps: 1, incldue: {} })).rejects.toThrow('did you mean include');
      await expect(reading(undefined)).rejects.toThrow('range');
    });

    it('agrees with the sums of all values, however they came', async () => {
      const records = fc.array(
        fc.record({
          name: fc.constantFrom('a', 'b', 'c'),
          second: fc.integer({ min: 0, max: 3599 }),
          value: fc.integer({ min: -1000, max: 1000 }),
        }),
        { minLength: 1, maxLength: 60 },
      );
      const ranges = fc
        .tuple(
          fc.integer({ min: 0, max: 359 }),
          fc.integer({ min: 1, max: 360 }),
          fc.integer({ min: 1, max: 100 }),
        )
        .map(([first, length, steps]) => ({ first, to: Math.min(360, first + length), steps }));
      await fc.assert(
        fc.asyncProperty(
          records,
          ranges,
          fc.integer({ min: 1, max: 20 }),
          async (given, { first, to, steps }, cut) => {
            const all = given.map(({ name, second, value }) => metric(name, second * 1000, value));
            const batches = Array.from({ length: Math.ceil(all.length / cut) }, (_, index) =>
              all.slice(index * cut, (index + 1) * cut),
            );
            const range = { from: BASE + first * 10_000, to: BASE + to * 10_000 };
            const slice = await read(batches, { range, steps });
            expect((range.to - range.from) / slice.stepMs).toBeLessThanOrEqual(steps);
            expect(slice.series.map(summary)).toEqual(expectedSeries(all, range, slice.stepMs));
          },
        ),
        { numRuns: 25, seed: 7 },
      );
    });
  });
}

function summary({ definition, buckets, sketch }: HistorySlice['series'][number]) {
  return { name: definition.name, buckets, count: sketch.count, min: sketch.min, max: sketch.max };
}

function expectedSeries(all: readonly MetricRecord[], range: HistoryQuery['range'], stepMs: number) {
  const within = all.filter(({ time }) => time >= range.from && time < range.to);
  const names = [...new Set(within.map(({ name }) => name))].sort();
  return names.map((name) => {
    const records = within.filter((record) => record.name === name);
    const steps = [...new Set(records.map(({ time }) => Math.floor(time / stepMs) * stepMs))].sort(
      (a, b) => a - b,
    );
    const values = records.map(({ value }) => value);
    return {
      name,
      buckets: steps.map((time) => {
        const inStep = records.filter((record) => Math.floor(record.time / stepMs) * stepMs === time);
        const of = inStep.map(({ value }) => value);
        const sum = of.reduce((a, b) => a + b, 0);
        return { time, count: of.length, sum, min: Math.min(...of), max: Math.max(...of) };
      }),
      count: values.length,
      min: Math.min(...values),
      max: Math.max(...values),
    };
  });
}

export function metric(name: string, elapsedMs: number, value: number): MetricRecord {
  return { kind: 'metric', time: BASE + elapsedMs, name, value };
}

export function event(type: string, elapsedMs: number, data: Record<string, unknown>): LogRecord {
  return { kind: 'event', time: BASE + elapsedMs, type, data } as LogRecord;
}
