import type { Recommendation } from '@evenkeel/core';
import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import type { History, HistoryQuery, HistorySlice } from '../../src/history/history.ts';
import type { ReportMessage } from '../../src/report/delivery.ts';
import { PerformanceReporter } from '../../src/report/performance-reporter.ts';
import type { NamedValue } from '../../src/report/report.ts';
import type { PerformanceReporterOptions } from '../../src/report/reporter-options.ts';
import { metric, series } from './slices.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Saturday, 2026-11-21 10:20 UTC. */
const NOW = Date.UTC(2026, 10, 21, 10, 20);
const at = (hour: number, minute = 0) => Date.UTC(2026, 10, 21, hour, minute);

const responseTime = metric('response-time', { area: 'http', better: 'lower', target: 200 });

/** A history whose values are what `value` gives for their time; it fails or hangs as it is told. */
class MadeHistory implements History {
  readonly queries: HistoryQuery[] = [];
  value = (_time: number): number => 100;
  mode: 'works' | 'fails' | 'hangs' = 'works';

  async read(query: HistoryQuery): Promise<HistorySlice> {
    this.queries.push(query);
    if (this.mode === 'hangs') await new Promise(() => {});
    if (this.mode === 'fails') throw new Error('the database is away');
    const { range, steps } = query;
    const stepMs = (range.to - range.from) / steps;
    const values = Array.from({ length: steps }, (_, step) =>
      Array(5).fill(this.value(range.from + step * stepMs)),
    );
    return {
      range,
      stepMs,
      series: [series(responseTime, values, range.from, stepMs)],
      events: [],
      benchmarks: [],
      instances: ['a'],
      lost: 0,
    };
  }
}

function setUp(options: Partial<PerformanceReporterOptions> = {}) {
  const clock = new VirtualClock(NOW);
  const history = new MadeHistory();
  const sent: (ReportMessage & { readonly to: string; readonly at: number })[] = [];
  const delivery = {
    deliverReport: async (message: ReportMessage, recipients: readonly string[]) => {
      sent.push({ ...message, to: recipients.join(), at: clock.now() });
    },
  };
  const reporter = new PerformanceReporter({ history, delivery, clock, random: () => 0.5, ...options });
  const told: string[] = [];
  reporter.on('*', ({ type, data }) => {
    if (type === 'report_generated') told.push(`generated ${data.report.timeRange.label}`);
    if (type === 'report_delivered') told.push(`delivered at try ${data.attempts}`);
    if (type === 'report_failed')
      told.push(`${data.stage} failed${data.willRetry ? '' : ' for good'}: ${data.error.message}`);
    if (type === 'critical_finding') told.push(`critical: ${data.findings.map(({ id }) => id).join()}`);
    if (type === 'error') told.push(`error of ${data.source}: ${data.error.message}`);
  });
  return { clock, history, reporter, sent, told };
}

describe('a report on demand', () => {
  it('is of the last hour, compared with the hour before, and is kept', async () => {
    const { history, reporter, told } = setUp();
    history.value = (time) => (time < NOW - HOUR ? 100 : 150);
    const report = await reporter.generatePerformanceReport();
    expect(report.timeRange).toEqual({ from: NOW - HOUR, to: NOW, label: 'last hour' });
    expect(report.previousRange).toEqual({ from: NOW - 2 * HOUR, to: NOW - HOUR, label: 'the hour before' });
    expect(report.detailed.http?.metrics[0]?.previous).toMatchObject({ change: 0.5, judgement: 'worse' });
    expect(reporter.reportHistory).toEqual([report]);
    expect(told).toEqual(['generated last hour']);
    expect(await reporter.generatePerformanceReport()).toEqual(report);
  });

  it.each([
    ['15m', 15 * MINUTE, 'last 15 minutes'],
    ['7d', 7 * 24 * HOUR, 'last 7 days'],
    [90_000, 90_000, 'last 90 seconds'],
  ])('is of %s', async (timeRange, ms, label) => {
    const { reporter } = setUp();
    const report = await reporter.generatePerformanceReport(timeRange);
    expect(report.timeRange).toEqual({ from: NOW - ms, to: NOW, label });
  });

  it('is of any two times', async () => {
    const { reporter } = setUp();
    const day = await reporter.generatePerformanceReport({ from: at(8), to: at(9, 30) });
    expect(day.timeRange).toEqual({ from: at(8), to: at(9, 30), label: '2026-11-21 08:00 to 09:30 UTC' });
    const night = await reporter.generatePerformanceReport({ from: at(-1), to: at(1) });
    expect(night.timeRange.label).toBe('2026-11-20 23:00 to 2026-11-21 01:00 UTC');
  });

  it.each([
    ['soon', 'timeRange must be milliseconds or a string such as'],
    [0, 'timeRange must be'],
    [Number.NaN, 'timeRange must be'],
    [null, 'timeRange must be'],
    ['400d', '1 second to 366 days, got "400d"'],
    [
      { from: 'x', to: 1 },
      'timeRange.from must be an integer from -8640000000000000 to 8640000000000000, got "x"',
    ],
    [{ from: 1 }, 'timeRange.to must be an integer'],
    [
      { from: 5000, to: 4000 },
      'timeRange.to must be after timeRange.from, 5000, by from 1 second to 366 days, got 4000',
    ],
  ])('of %j is refused', async (timeRange, message) => {
    const { reporter } = setUp();
    const refused = reporter.generatePerformanceReport(timeRange as string);
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow(message);
  });

  it('leaves out what is not wanted', async () => {
    const usage: NamedValue[] = [{ name: 'cpu', value: 41.23456, unit: '%', verdict: 'good' }];
    const { history, reporter } = setUp({ resourceUsage: async () => usage });
    const whole = await reporter.generatePerformanceReport('1h');
    expect(whole.resourceUsage).toEqual([{ name: 'cpu', value: 41.23, unit: '%', verdict: 'good' }]);
    const content = { resourceUsage: false, events: false, benchmarks: false };
    const small = await reporter.generatePerformanceReport('1h', content);
    expect(small.resourceUsage).toBeUndefined();
    expect(history.queries.at(-1)?.include).toEqual({ events: false, benchmarks: false });
    const wrong = reporter.generatePerformanceReport('1h', { event: false } as object);
    await expect(wrong).rejects.toThrow('did you mean events?');
  });

  it('fails with the history, and in time', async () => {
    const { clock, history, reporter } = setUp({ timeout: '2s' });
    history.mode = 'fails';
    await expect(reporter.generatePerformanceReport()).rejects.toThrow('the database is away');
    history.mode = 'hangs';
    const hanging = expect(reporter.generatePerformanceReport()).rejects.toThrow(
      'reading the history did not finish within 2000 ms',
    );
    await clock.advanceAsync(2000);
    await hanging;
    expect(reporter.reportHistory).toEqual([]);
  });

  it('goes on without the period before, and without what the host cannot say', async () => {
    const { clock, history, reporter, told } = setUp({
      recommendations: () => {
        throw new Error('not now');
      },
      resourceUsage: () => 'junk' as unknown as NamedValue[],
    });
    const read = history.read.bind(history);
    history.read = (query) => (query.range.to === NOW ? read(query) : Promise.reject(new Error('expired')));
    const made = reporter.generatePerformanceReport();
    await clock.advanceAsync(0);
    expect((await made).notes).toEqual([
      'The period before could not be read: expired.',
      'recommendations() of the host failed: not now.',
      'resourceUsage() of the host failed: resourceUsage() gave string, not a list.',
      'Nothing was recorded in the hour before to compare with.',
    ]);
    expect(told).toHaveLength(3);
  });

  it('is exported in each format, and in no other', async () => {
    const { reporter } = setUp();
    const report = await reporter.generatePerformanceReport();
    expect(JSON.parse(reporter.exportReport(report, 'json'))).toEqual(report);
    for (const format of ['csv', 'html', 'markdown'] as const) {
      expect(reporter.exportReport(report, format)).toContain('response-time');
    }
    expect(() => reporter.exportReport(report, 'pdf' as 'csv')).toThrow(
      'format must be one of "json", "csv", "html", "markdown", got "pdf"',
    );
  });

  it('is compared with the baseline that a report sets', async () => {
    const { history, reporter } = setUp();
    reporter.setBaseline(await reporter.generatePerformanceReport());
    history.value = () => 130;
    const report = await reporter.generatePerformanceReport();
    expect(report.detailed.http?.metrics[0]?.baseline).toMatchObject({
      mean: 100,
      change: 0.3,
      judgement: 'worse',
    });
    reporter.setBaseline({ 'response-time': { mean: 130 } });
    const again = await reporter.generatePerformanceReport();
    expect(again.detailed.http?.metrics[0]?.baseline).toMatchObject({ judgement: 'same' });
    expect(() => reporter.setBaseline({ x: { mean: Number.NaN } })).toThrow(
      'baselines["x"].mean must be a number, got NaN',
    );
    expect(() => reporter.setBaseline(null as never)).toThrow('baselines must be');
    expect(() => reporter.setBaseline({ version: 1, detailed: null } as never)).toThrow(ConfigurationError);
  });

  it('of many are kept the last', async () => {
    const { reporter } = setUp({ maxHistory: 2 });
    for (const range of ['1h', '2h', '3h']) await reporter.generatePerformanceReport(range);
    expect(reporter.reportHistory.map(({ timeRange }) => timeRange.label)).toEqual([
      'last 2 hours',
      'last 3 hours',
    ]);
  });
});

describe('scheduled reports', () => {
  it('are sent on the hour, until they are called off', async () => {
    const { clock, reporter, sent, told } = setUp();
    const cancel = reporter.scheduleAutomaticReports('1h', ['team@example.org', 'team@example.org']);
    await clock.advanceAsync(HOUR);
    expect(sent).toEqual([]);
    reporter.start();
    await clock.advanceAsync(HOUR);
    expect(sent).toMatchObject([
      {
        to: 'team@example.org',
        subject: 'Performance report, 2026-11-21 11:00 to 12:00 UTC: all is well',
        severity: 'info',
        text: expect.stringContaining('All is well'),
        html: expect.stringMatching(/^<!doctype html>/i),
        at: at(12) + 5000,
      },
    ]);
    expect(told).toEqual(['generated 2026-11-21 11:00 to 12:00 UTC', 'delivered at try 1']);
    cancel();
    cancel();
    await clock.advanceAsync(5 * HOUR);
    expect(sent).toHaveLength(1);
    await reporter.stop();
  });

  it('of missed hours come as one, and say so', async () => {
    const { clock, reporter, sent } = setUp({ watchInterval: 0 });
    reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.start();
    await clock.advanceAsync(MINUTE);
    clock.setWallTime(at(14, 30));
    await clock.advanceAsync(5 * MINUTE);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.subject).toContain('10:00 to 14:00 UTC');
    expect(reporter.reportHistory[0]?.notes[0]).toBe(
      'It covers the time since 2026-11-21 10:00 UTC, as 3 earlier reports could not be made.',
    );
    await reporter.stop();
    expect(clock.pending).toBe(0);
  });

  it('are made when the history is back, and tried again until they are taken', async () => {
    let refusals = 1;
    const { clock, history, reporter, told } = setUp({
      watchInterval: 0,
      delivery: {
        deliverReport: async () => {
          if (refusals-- > 0) throw new Error('no channel is up');
        },
      },
    });
    history.mode = 'fails';
    reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.start();
    await clock.advanceAsync(40 * MINUTE + 10_000);
    expect(reporter.healthCheck()).toMatchObject({ score: 50, status: 'warning' });
    history.mode = 'works';
    await clock.advanceAsync(MINUTE);
    expect(told).toEqual([
      'history failed: the database is away',
      'generated 2026-11-21 10:00 to 11:00 UTC',
      'delivery failed: no channel is up',
      'delivered at try 2',
    ]);
    expect(reporter.healthCheck()).toMatchObject({ score: 100, status: 'healthy' });
    await reporter.stop();
  });

  it('need somebody to bring them, sensible intervals and names', () => {
    const { reporter } = setUp();
    expect(() => reporter.scheduleAutomaticReports('10s', ['team'])).toThrow(
      'from 60000 to 2678400000 ms, got "10s"',
    );
    expect(() => reporter.scheduleAutomaticReports(undefined as never, ['team'])).toThrow('interval must be');
    expect(() => reporter.scheduleAutomaticReports('1h', 'team' as never)).toThrow(
      'recipients must be a list',
    );
    expect(() => reporter.scheduleAutomaticReports('1h', [''])).toThrow(
      'recipients[0] must be a non-empty string',
    );
    const alone = new PerformanceReporter({ history: new MadeHistory() });
    expect(() => alone.scheduleAutomaticReports('1h', ['team'])).toThrow(
      'recipients must be empty, as there is no delivery to bring reports to anybody, got ["team"]',
    );
    alone.scheduleAutomaticReports('1h');
    expect(alone.snapshot().schedules).toHaveLength(1);
    for (let index = 1; index < 100; index++) alone.scheduleAutomaticReports('1h');
    expect(() => alone.scheduleAutomaticReports('1h')).toThrow('there are 100 schedules already');
  });
});

describe('a schedule that is called off', () => {
  it('sends nothing any more, not even the report that is being made', async () => {
    const { clock, history, reporter, sent, told } = setUp({ watchInterval: 0 });
    const cancel = reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.start();
    const read = history.read.bind(history);
    let goOn = (): void => {};
    const slow = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    history.read = (query) => slow.then(() => read(query));
    await clock.advanceAsync(40 * MINUTE + 10_000);
    cancel();
    let isStopped = false;
    const stopping = reporter.stop().then(() => {
      isStopped = true;
    });
    await clock.advanceAsync(0);
    expect(isStopped).toBe(false);
    goOn();
    await stopping;
    await clock.advanceAsync(HOUR);
    expect([sent, clock.pending]).toEqual([[], 0]);
    expect(told).toEqual(['generated 2026-11-21 10:00 to 11:00 UTC']);
  });
});

describe('critical findings', () => {
  it('are sent at once, once until they are gone, to all who get reports', async () => {
    const { clock, history, reporter, sent, told } = setUp();
    reporter.scheduleAutomaticReports('1d', ['team', 'boss']);
    reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.start();
    await clock.advanceAsync(10 * MINUTE);
    expect(sent).toEqual([]);
    const began = clock.now();
    // All of a quarter of an hour at once.
    history.value = () => 900;
    await clock.advanceAsync(MINUTE);
    expect(sent).toMatchObject([
      {
        to: 'team,boss',
        severity: 'critical',
        subject:
          'Performance report, critical: Bring response-time back to its target: p95 of 900 ms is above the target of 200 ms.',
      },
    ]);
    expect((sent[0]?.at ?? 0) - began).toBeLessThanOrEqual(MINUTE);
    expect(told).toEqual(['critical: report:target:response-time', 'delivered at try 1']);
    await clock.advanceAsync(10 * MINUTE);
    expect(sent).toHaveLength(1);
    history.value = () => 100;
    await clock.advanceAsync(16 * MINUTE);
    history.value = () => 900;
    await clock.advanceAsync(2 * MINUTE);
    expect(sent.filter(({ subject }) => subject.includes('critical:'))).toHaveLength(2);
    expect(reporter.snapshot().criticalFindings).toEqual(['report:target:response-time']);
    await reporter.stop();
  });

  it('of a report that was sent are not sent again', async () => {
    const { clock, history, reporter, sent } = setUp();
    reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.start();
    await clock.advanceAsync(40 * MINUTE);
    history.value = () => 900;
    // The report is made 5 s after the hour, before the next look.
    await clock.advanceAsync(5 * MINUTE);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ severity: 'critical' });
    await reporter.stop();
  });

  it('are those of the host too', async () => {
    const advice: Recommendation = {
      id: 'disk',
      component: 'health',
      priority: 'critical',
      message: 'Free space on the disk.',
      evidence: {},
      automated: false,
    };
    const { clock, reporter, sent } = setUp({
      recommendations: () => [advice, { ...advice, id: 'report:target:old' }],
    });
    reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.start();
    await clock.advanceAsync(2 * MINUTE);
    expect(sent.map(({ subject }) => subject)).toEqual([
      'Performance report, critical: Free space on the disk.',
    ]);
    await reporter.stop();
  });

  it('of a report that goes to some are told to the others at once', async () => {
    const { clock, history, reporter, sent } = setUp();
    reporter.scheduleAutomaticReports('1h', ['team']);
    reporter.scheduleAutomaticReports('1h');
    reporter.scheduleAutomaticReports('1d', ['boss', 'team']);
    reporter.start();
    await clock.advanceAsync(40 * MINUTE);
    history.value = () => 900;
    // The report is made 5 s after the hour, before the next look.
    await clock.advanceAsync(5 * MINUTE);
    expect(sent.map(({ to, subject }) => `${to}: ${subject}`)).toEqual([
      expect.stringMatching(/^boss: Performance report, critical: Bring response-time back/),
      expect.stringMatching(/^team: Performance report, 2026-11-21 10:00 to 11:00 UTC: critical$/),
    ]);
    await reporter.stop();
  });

  it('cannot be looked for while the history is away, which is told once', async () => {
    const { clock, history, reporter, told } = setUp();
    reporter.start();
    history.mode = 'fails';
    await clock.advanceAsync(10 * MINUTE);
    expect(told).toEqual(['history failed: the database is away']);
    expect(reporter.healthCheck().status).toBe('warning');
    history.mode = 'works';
    await clock.advanceAsync(MINUTE);
    expect(reporter.healthCheck().status).toBe('healthy');
    history.mode = 'hangs';
    await clock.advanceAsync(3 * MINUTE);
    expect(told[1]).toBe('history failed: reading the history did not finish within 30000 ms');
    const stopping = reporter.stop();
    await clock.advanceAsync(30_000);
    await stopping;
    await reporter.stop();
    expect(clock.pending).toBe(0);
  });
});

it('shows what it does, and advises what its last report does', async () => {
  const { clock, history, reporter } = setUp();
  expect(reporter.recommendations()).toEqual([]);
  history.value = () => 900;
  reporter.scheduleAutomaticReports('1h', ['team']);
  reporter.start();
  await reporter.generatePerformanceReport();
  expect(reporter.snapshot()).toEqual({
    isRunning: true,
    schedules: [{ intervalMs: HOUR, recipients: ['team'], coveredUntil: at(10), nextAt: at(11) + 5000 }],
    reports: 1,
    lastReport: {
      timeRange: { from: NOW - HOUR, to: NOW, label: 'last hour' },
      summary: expect.objectContaining({ verdict: 'critical' }),
    },
    criticalFindings: [],
    waiting: 0,
    undelivered: 0,
  });
  expect(JSON.parse(JSON.stringify(reporter.snapshot()))).toEqual(reporter.snapshot());
  expect(reporter.recommendations()).toMatchObject([
    { id: 'report:target:response-time', component: 'logger', priority: 'critical', automated: false },
  ]);
  await reporter.stop();
  expect(clock.pending).toBe(0);
});

it('refuses options it cannot use', () => {
  const make = (options: unknown) => () => new PerformanceReporter(options as PerformanceReporterOptions);
  expect(make(undefined)).toThrow('history must be an object with read(), got undefined');
  expect(make({ history: {} })).toThrow('history must be an object with read()');
  const history = new MadeHistory();
  expect(make({ history, delivery: {} })).toThrow('delivery must be an object with deliverReport()');
  expect(make({ history, maxHistory: 0, watchInterval: '10ms', reports: 1 })).toThrow(
    /maxHistory must be an integer from 1 to 1000, got 0\n.*watchInterval must be 0, or .*got "10ms"/s,
  );
  expect(make({ history, baselines: { m: 4 } })).toThrow(
    'baselines["m"] must be an object with mean, values, got 4',
  );
});
