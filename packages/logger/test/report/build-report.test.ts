import { QuantileSketch } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistorySlice } from '../../src/history/history.ts';
import { AREAS } from '../../src/log-record.ts';
import { buildReport } from '../../src/report/build-report.ts';
import { parseReport, toJson } from '../../src/report/formats/index.ts';
import type { PerformanceReport } from '../../src/report/report.ts';
import { baselinesOf } from '../../src/report/report-input.ts';
import { benchmark, events, HOUR, metric, noise, START, series, slice, steady } from './slices.ts';

const responseTime = metric('response-time', { area: 'http', better: 'lower', target: 200 });

function hours(now: (step: number) => number, before: (step: number) => number, definition = responseTime) {
  return {
    current: slice({ series: [series(definition, steady(now))] }),
    previous: slice({ series: [series(definition, steady(before), START - HOUR)] }, START - HOUR),
  };
}

function only(report: PerformanceReport) {
  const [area] = Object.values(report.detailed);
  const [first] = area?.metrics ?? [];
  if (!first) throw new Error('the report has no metric');
  return first;
}

describe('a report', () => {
  it('says in plain words what is wrong, since when it is worse, and what to do', () => {
    const gauss = noise(1);
    const report = buildReport(
      hours(
        () => 320 + 10 * gauss(),
        () => 150 + 10 * gauss(),
      ),
    );
    expect(report.summary.verdict).toBe('critical');
    expect(report.summary.headline).toMatch(
      /^response-time is critical: p95 of 33\d(\.\d)? ms is above the target of 200 ms\.$/,
    );
    expect(report.summary.sentences).toEqual([
      '1 metric of 1 misses its target: response-time.',
      expect.stringMatching(
        /^1 metric got worse, first of all response-time: 2\.1 times as high as in the hour before \(95 % interval: \+11\d % to \+11\d %\)\.$/,
      ),
      '1 recommendation, of which 1 of high priority or above.',
    ]);
    expect(report.summary.keyFigures).toEqual([
      { name: 'response-time (p95)', value: only(report).p95, unit: 'ms', verdict: 'critical' },
    ]);
    expect(report.detailed.http).toMatchObject({ title: 'HTTP', verdict: 'critical' });
    expect(only(report).previous).toMatchObject({ judgement: 'worse' });
    expect(only(report).previous?.change).toBeCloseTo(320 / 150 - 1, 1);
    expect(report.recommendations).toMatchObject([
      { id: 'report:target:response-time', priority: 'critical', area: 'http' },
    ]);
    expect(report.recommendations[0]?.evidence[0]).toMatch(/^600 values: mean 3\d\d(\.\d)? ms, /);
    expect(report.timeRange).toEqual({ from: START, to: START + HOUR, label: '1 hour' });
    expect(report.previousRange).toEqual({ from: START - HOUR, to: START, label: 'the hour before' });
    expect(report.notes).toEqual([]);
  });

  it('is the same to the byte for the same data', () => {
    const make = () => {
      const gauss = noise(2);
      return JSON.stringify(
        buildReport(
          hours(
            (step) => 100 + step + gauss(),
            () => 100 + gauss(),
          ),
        ),
      );
    };
    expect(make()).toBe(make());
  });

  it('says that all is well, and that nothing much has changed', () => {
    const gauss = noise(3);
    const report = buildReport(
      hours(
        () => 120 + gauss(),
        () => 121 + gauss(),
      ),
    );
    expect(report.summary).toMatchObject({
      verdict: 'good',
      headline: 'All is well: 1 metric judged, none of concern.',
      sentences: [],
    });
    expect(only(report).previous).toMatchObject({
      judgement: 'same',
      message: 'About the same as in the hour before.',
    });
    expect(only(report).reason).toMatch(/^p95 of 12\d(\.\d)? ms is below the target of 200 ms$/);
    expect(report.recommendations).toEqual([]);
  });

  it('compares with baselines, which a report on normal times gives', () => {
    const gauss = noise(4);
    const plain = metric('queries', { area: 'database', better: 'lower', unit: '' });
    const normal = buildReport({
      current: slice({
        series: [
          series(
            plain,
            steady(() => 10 + gauss()),
          ),
        ],
      }),
    });
    const current = slice({
      series: [
        series(
          plain,
          steady(() => 14 + gauss()),
        ),
      ],
    });
    const report = buildReport({ current, baselines: baselinesOf(normal) });
    expect(only(report)).toMatchObject({ verdict: 'warning', baseline: { judgement: 'worse' } });
    expect(only(report).reason).toMatch(/^(3\d|4\d) % higher than in the baseline/);
    expect(only(report).previous).toBeUndefined();
    const exact = buildReport({ current, baselines: { queries: { mean: 20 } } });
    expect(only(exact).baseline).toMatchObject({ judgement: 'better', mean: 20 });
  });

  it('takes names that objects inherit for what they are', () => {
    const current = slice({
      series: ['__proto__', 'constructor', 'toString'].map((name) =>
        series(
          metric(name),
          steady(() => 1),
        ),
      ),
    });
    const report = buildReport({ current, baselines: {} });
    expect(report.detailed.application?.metrics.map(({ name, baseline }) => [name, baseline])).toEqual([
      ['__proto__', undefined],
      ['constructor', undefined],
      ['toString', undefined],
    ]);
  });
});

describe('verdicts', () => {
  const judged = (value: number, rest: Parameters<typeof metric>[1], values = 40) => {
    const current = slice({ series: [series(metric('m', rest), Array(values).fill([value]))] });
    return only(buildReport({ current })).verdict;
  };
  it.each([
    [200, { better: 'lower', target: 200 }, 'good'],
    [201, { better: 'lower', target: 200 }, 'warning'],
    [299, { better: 'lower', target: 200 }, 'warning'],
    [300, { better: 'lower', target: 200 }, 'critical'],
    [94, { better: 'lower', target: 90, unit: '%' }, 'warning'],
    [95, { better: 'lower', target: 90, unit: '%' }, 'critical'],
    [60, { better: 'higher', target: 60, unit: 'fps' }, 'good'],
    [41, { better: 'higher', target: 60, unit: 'fps' }, 'warning'],
    [40, { better: 'higher', target: 60, unit: 'fps' }, 'critical'],
    [3, { better: 'lower', target: 0 }, 'warning'],
    [3, { better: 'lower' }, 'unknown'],
    [3, { target: 1 }, 'unknown'],
  ] as const)('of %d with %j is %s', (value, rest, verdict) => {
    expect(judged(value, rest)).toBe(verdict);
  });

  it('are not critical on the word of a few values', () => {
    expect(judged(1000, { better: 'lower', target: 200 }, 19)).toBe('warning');
    expect(judged(1000, { better: 'lower', target: 200 }, 20)).toBe('critical');
  });
});

describe('poor data', () => {
  it('make a report that says so', () => {
    const report = buildReport({ current: slice({ instances: [] }) });
    expect(report).toEqual({
      version: 1,
      title: 'Performance report',
      timeRange: { from: START, to: START + HOUR, label: '1 hour' },
      instances: [],
      summary: {
        verdict: 'unknown',
        headline: 'Nothing was recorded in this time.',
        sentences: [],
        keyFigures: [],
      },
      detailed: {},
      recommendations: [],
      trends: [],
      anomalies: [],
      benchmarks: [],
      events: [],
      notes: [],
    });
  });

  it('of one value give that value everywhere, and no more', () => {
    const report = buildReport({ current: slice({ series: [series(metric('one'), [[7]])] }) });
    expect(only(report)).toMatchObject({ count: 1, mean: 7, min: 7, max: 7, p50: 7, p95: 7, p99: 7 });
    expect(report.notes).toContain('Too few values to compare, to see trends or anomalies: one.');
    expect(report.notes).toContain('Nothing was recorded in the hour before to compare with.');
  });

  it('that are constant are the same as before, without trend or anomaly', () => {
    const report = buildReport(
      hours(
        () => 5,
        () => 5,
      ),
    );
    expect(only(report).previous).toMatchObject({ judgement: 'same', change: 0, interval: [0, 0] });
    expect([...report.trends, ...report.anomalies]).toEqual([]);
  });

  it('name the gaps, the silent and what was lost', () => {
    const steps = steady((step) => step).map((values, step) => (step >= 40 && step < 60 ? [] : values));
    const current = slice({ series: [series(metric('m'), steps)], lost: 12 });
    const previous = slice(
      {
        series: [
          series(
            metric('m'),
            steady(() => 1),
            START - HOUR,
          ),
        ],
        instances: ['a', 'b'],
      },
      START - HOUR,
    );
    const { notes, recommendations } = buildReport({ current, previous });
    expect(notes).toEqual([
      'Nothing was recorded for 10 minutes from 2026-11-21 10:20 UTC.',
      '12 records of this time were lost.',
      'b wrote in the hour before and not in this time.',
    ]);
    expect(recommendations).toMatchObject([
      { id: 'report:lost:records', evidence: ['12 records lost, 500 kept.'] },
    ]);
  });

  it('that come once in a while have no gaps between them', () => {
    const steps = steady((step) => step).map((values, step) => (step % 10 === 0 ? values : []));
    const { notes } = buildReport({ current: slice({ series: [series(metric('m'), steps)] }) });
    expect(notes.filter((note) => note.startsWith('Nothing was recorded for'))).toEqual([]);
  });

  it('with infinite and missing numbers lose those only', () => {
    const broken = series(metric('m'), [[1], [2], [3]]);
    broken.buckets.push({ time: Number.NaN, count: 1, sum: 1, min: 1, max: 1 });
    broken.buckets.push({ time: START + 4 * STEP_MS, count: 1, sum: Number.NaN, min: Number.NaN, max: 1 });
    broken.sketch.add(Number.NaN);
    const report = buildReport({ current: slice({ series: [broken] }) });
    expect(only(report)).toMatchObject({ count: 3, mean: 2 });
    expect(report.notes).toContain('1 value that was no finite number is left out.');
  });
});

const STEP_MS = 30_000;

it('keeps chapters short, the worst first, and counts the rest', () => {
  const current = slice({
    series: Array.from({ length: 500 }, (_, index) =>
      series(metric(`m${String(index).padStart(3, '0')}`, { better: 'lower', target: 100 }), [
        ...Array(30).fill([index === 444 ? 400 : index === 333 ? 120 : 50]),
      ]),
    ),
    events: Array.from({ length: 60 }, (_, index) => events(`e${index}`, [index + 1])),
    benchmarks: Array.from({ length: 60 }, (_, index) => benchmark(`b${index}`, [1, 2])),
  });
  const report = buildReport({ current });
  const names = report.detailed.application?.metrics.map(({ name }) => name);
  expect(names?.slice(0, 3)).toEqual(['m444', 'm333', 'm000']);
  expect(names).toHaveLength(30);
  expect(report.events).toHaveLength(50);
  expect(report.benchmarks).toHaveLength(50);
  expect(report.notes.filter((note) => note.startsWith('Not shown'))).toEqual([
    'Not shown for lack of room: 470 metrics of Application.',
    'Not shown for lack of room: 3 recommendations.',
    'Not shown for lack of room: 10 benchmarks.',
    'Not shown for lack of room: 10 types of events.',
  ]);
});

it('compares what is kept in coarser steps, and draws no more points than a chart has room for', () => {
  const gauss = noise(5);
  const coarse = series(
    metric('m', { better: 'lower' }),
    steady(() => 100 + gauss(), 12),
    START - HOUR,
    300_000,
  );
  const report = buildReport({
    current: slice({
      series: [
        series(
          metric('m', { better: 'lower' }),
          steady(() => 120 + gauss()),
        ),
      ],
    }),
    previous: { ...slice({ series: [coarse] }, START - HOUR), stepMs: 300_000 },
  });
  expect(only(report).previous?.judgement).toBe('worse');
  const long = buildReport({
    current: slice(
      {
        series: [
          series(
            metric('m'),
            steady((step) => step, 1000),
          ),
        ],
      },
      START,
      1000,
    ),
  });
  expect(only(long).points.length).toBe(200);
  expect(only(long).points[0]).toEqual({ time: START, mean: 2, min: 0, max: 4 });
});

/* Names, units and values as nobody would choose them. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '__proto__', '=1', '<b>', '\u0000', '\ud800'),
);
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -5, max: 5 }));
const definition = fc.record({
  name: text,
  unit: fc.oneof(text, fc.constant('%')),
  description: text,
  area: fc.constantFrom(...AREAS),
  better: fc.constantFrom(undefined, 'lower' as const, 'higher' as const),
  target: fc.option(value, { nil: undefined }),
});
const anySlice = fc
  .record({
    series: fc.array(fc.tuple(definition, fc.array(fc.array(value, { maxLength: 3 }), { maxLength: 40 })), {
      maxLength: 4,
    }),
    events: fc.array(fc.tuple(text, fc.array(fc.nat(500), { maxLength: 40 })), { maxLength: 3 }),
    benchmarks: fc.array(fc.tuple(text, fc.array(value, { maxLength: 12 })), { maxLength: 3 }),
    instances: fc.array(text, { maxLength: 3 }),
    lost: fc.nat(),
  })
  .map(
    (given): HistorySlice =>
      slice({
        series: given.series.map(([each, steps]) => series(each, steps)),
        events: given.events.map(([type, counts]) => events(type, counts)),
        benchmarks: given.benchmarks.map(([id, durations]) => benchmark(id, durations)),
        instances: given.instances,
        lost: given.lost,
      }),
  );

it('makes of any data a report that is valid and survives JSON unchanged (property)', () => {
  fc.assert(
    fc.property(
      anySlice,
      fc.option(anySlice, { nil: undefined }),
      fc.dictionary(text, fc.record({ mean: value, values: fc.array(value, { maxLength: 12 }) })),
      (current, previous, baselines) => {
        const report = buildReport({ current, previous, baselines });
        expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
        expect(parseReport(toJson(report))).toStrictEqual(report);
        expect(buildReport({ current, previous, baselines })).toStrictEqual(report);
        for (const area of Object.values(report.detailed)) {
          for (const { min, p50, p95, p99, max, mean, interval } of area.metrics.map((each) => ({
            ...each,
            interval: each.previous?.interval ?? [0, 0],
          }))) {
            expect([min, p50, p95, p99, max]).toStrictEqual([min, p50, p95, p99, max].sort((a, b) => a - b));
            expect(mean).toBeGreaterThanOrEqual(min);
            expect(mean).toBeLessThanOrEqual(max);
            expect(interval[0]).toBeLessThanOrEqual(interval[1]);
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

it('reads a sketch that was lost as the mean', () => {
  const broken = { ...series(metric('m'), [[1], [3]]), sketch: new QuantileSketch() };
  expect(only(buildReport({ current: slice({ series: [broken] }) }))).toMatchObject({ p50: 2, p99: 2 });
});
