import { ConfigurationError, StateError, VirtualClock } from '@evenkeel/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type DumpTarget, type LogRecord, PerformanceLogger, type Sink } from '../src/index.ts';

class ListSink implements Sink {
  readonly name: string;
  readonly records: LogRecord[] = [];
  isBroken = false;
  isOpen = false;

  constructor(name = 'list') {
    this.name = name;
  }

  async start(): Promise<void> {
    this.isOpen = true;
  }

  async write(records: readonly LogRecord[]): Promise<void> {
    if (this.isBroken) throw new Error('the disk is full');
    this.records.push(...records);
  }

  async stop(): Promise<void> {
    this.isOpen = false;
  }
}

describe('PerformanceLogger', () => {
  let clock: VirtualClock;
  let sink: ListSink;
  let logger: PerformanceLogger;
  beforeEach(() => {
    clock = new VirtualClock(Date.UTC(2026, 0, 1));
    sink = new ListSink();
    logger = new PerformanceLogger({ clock, sinks: [sink], flushOnCrash: false });
  });

  it('writes all that is recorded, in order, with what the metrics are', async () => {
    logger.logPerformanceEvent('cache_cleared', { reason: 'deploy' });
    logger.recordMetric('response-time', 12.5, { route: '/orders' });
    const { record } = logger.defineEvent('http_request', { route: 'text', status: 'integer' });
    record.call(logger.defineEvent('http_request', { route: 'text', status: 'integer' }), {
      route: '/',
      status: 200,
    });
    logger.startBenchmark('import', { rows: 3 }).end();
    logger.start();
    expect(await logger.flush()).toBe(true);
    expect(sink.isOpen).toBe(true);
    const time = clock.now();
    expect(sink.records).toEqual([
      { kind: 'event', time, type: 'cache_cleared', data: { reason: 'deploy' } },
      expect.objectContaining({ kind: 'definition', name: 'response-time', unit: 'ms', area: 'http' }),
      { kind: 'metric', time, name: 'response-time', value: 12.5, context: { route: '/orders' } },
      { kind: 'event', time, type: 'http_request', data: { route: '/', status: 200 } },
      { kind: 'benchmark', time, id: 'import', durationMs: 0, measurements: [], context: { rows: 3 } },
    ]);
    await logger.stop();
    expect(sink.isOpen).toBe(false);
  });

  it('reports on what was recorded up to now', async () => {
    logger.start();
    logger.defineMetric('query-time', { unit: 'ms', area: 'database', better: 'lower', target: 20 });
    for (let n = 0; n < 60; n++) {
      logger.recordMetric('query-time', 100 + (n % 5));
      await clock.advanceAsync(30_000);
    }
    const run = logger.startBenchmark('import');
    await clock.advanceAsync(250);
    run.end();
    logger.logPerformanceEvent('deploy', { version: '1.2' });
    const report = await logger.generatePerformanceReport({ timeRange: '1h' });
    expect(report.detailed.database?.metrics[0]).toMatchObject({
      name: 'query-time',
      count: 60,
      min: 100,
      max: 104,
    });
    expect(report.summary.verdict).not.toBe('good');
    expect(report.benchmarks).toMatchObject([{ id: 'import', runs: 1, medianMs: 250 }]);
    expect(report.events).toMatchObject([{ type: 'deploy', count: 1 }]);
    expect(report.resourceUsage?.map(({ name }) => name)).toContain('Memory');
    const short = await logger.generatePerformanceReport({
      timeRange: { from: report.timeRange.from, to: report.timeRange.to },
      includeResourceUsage: false,
      includeEvents: false,
      includeBenchmarks: false,
    });
    expect(short.resourceUsage).toBeUndefined();
    expect([...short.events, ...short.benchmarks]).toEqual([]);
    expect(logger.reporter.reportHistory).toEqual([report, short]);
    await logger.stop();
  });

  it('gives the last minutes, and puts them where they are to be found', async () => {
    const dumped: { records: readonly LogRecord[]; reason: string }[] = [];
    const dumps: DumpTarget = {
      async write(records, reason) {
        dumped.push({ records, reason });
        return `/dumps/${dumped.length}`;
      },
    };
    const flying = new PerformanceLogger({ clock, dumps });
    const heard: unknown[] = [];
    flying.on('dumped', (event) => heard.push(event));
    flying.logPerformanceEvent('old');
    clock.advance(600_000);
    flying.logPerformanceEvent('new');
    const dump = await flying.dump({ reason: 'memory is critical' });
    expect(dump.records).toMatchObject([{ type: 'new' }]);
    expect(dumped).toEqual([{ records: dump.records, reason: 'memory is critical' }]);
    expect(heard).toEqual([{ reason: 'memory is critical', records: 1, location: '/dumps/1' }]);
    expect((await logger.dump({ last: '1h' })).location).toBeUndefined();
    const hanging = new PerformanceLogger({ clock, dumps: { write: () => new Promise(() => {}) } });
    const failed = expect(hanging.dump()).rejects.toThrow('putting the last minutes aside did not finish');
    await clock.advanceAsync(30_000);
    await failed;
  });

  it('says when a sink fails, and what was lost', async () => {
    sink.isBroken = true;
    const small = new PerformanceLogger({ clock, sinks: [sink], capacity: 1024, flushOnCrash: false });
    const heard: string[] = [];
    small.on('*', ({ type }) => void heard.push(type));
    small.start();
    for (let n = 0; n < 5000; n++) small.recordMetric('frame-rate', n);
    await clock.advanceAsync(60_000);
    expect(heard).toContain('sink_failed');
    expect(heard).toContain('records_lost');
    expect(small.healthCheck()).toMatchObject({ status: 'warning', metrics: { failing: 1 } });
    sink.isBroken = false;
    await clock.advanceAsync(600_000);
    expect(heard).toContain('sink_recovered');
    small.healthCheck();
    expect(small.healthCheck().status).toBe('healthy');
    const [, list] = small.snapshot().sinks;
    expect(list).toMatchObject({ sink: 'list', waiting: 0 });
    expect((list?.written ?? 0) + (list?.lost ?? 0)).toBe(small.snapshot().recorded);
    await small.stop();
  });

  it('takes sinks on and off while it runs', async () => {
    logger.start();
    const late = new ListSink('late');
    const remove = logger.addSink(late);
    expect(() => logger.addSink(new ListSink('late'))).toThrow(StateError);
    logger.logPerformanceEvent('one');
    await remove();
    logger.logPerformanceEvent('two');
    await logger.stop();
    expect(late.records).toMatchObject([{ type: 'one' }]);
    expect(sink.records).toMatchObject([{ type: 'one' }, { type: 'two' }]);
  });

  it('gives up a sink that does not write when it is stopped', async () => {
    sink.isBroken = true;
    const hasty = new PerformanceLogger({ clock, sinks: [sink], stopTimeout: 300, flushOnCrash: false });
    hasty.start();
    hasty.logPerformanceEvent('last');
    const stopped = hasty.stop();
    await clock.advanceAsync(400);
    await stopped;
    expect(hasty.snapshot().sinks[1]).toMatchObject({ state: 'stopped', written: 0, lost: 1, waiting: 0 });
    expect(clock.pending).toBe(0);
  });

  it('starts and stops as often as it is told to, and leaves nothing behind', async () => {
    const listeners = process.eventNames().map((name) => process.listenerCount(name));
    const crashing = new PerformanceLogger({ clock, sinks: [sink] });
    for (let n = 0; n < 3; n++) {
      crashing.start();
      crashing.start();
      crashing.logPerformanceEvent('turn', { n });
      await Promise.all([crashing.stop(), crashing.stop()]);
    }
    expect(sink.records).toMatchObject([{ data: { n: 0 } }, { data: { n: 1 } }, { data: { n: 2 } }]);
    expect(process.eventNames().map((name) => process.listenerCount(name))).toEqual(listeners);
    expect(clock.pending).toBe(0);
  });

  it('stops all of it where it is started meanwhile, and can be started then', async () => {
    const count = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const before = count();
    const hasty = new PerformanceLogger({ clock, sinks: [sink] });
    hasty.start();
    const stopped = hasty.stop();
    hasty.start();
    await stopped;
    expect(hasty.isRunning).toBe(false);
    expect(hasty.snapshot().sinks).toMatchObject([{ state: 'stopped' }, { state: 'stopped' }]);
    expect(count()).toBe(before);
    hasty.start();
    hasty.logPerformanceEvent('again');
    await hasty.stop();
    expect(sink.records).toMatchObject([{ type: 'again' }]);
  });

  it('waits at its end for a sink that is being taken off', async () => {
    const hasty = new PerformanceLogger({ clock, stopTimeout: 300, flushOnCrash: false });
    const slow = new ListSink('slow');
    const remove = hasty.addSink(slow);
    hasty.start();
    slow.isBroken = true;
    hasty.logPerformanceEvent('last');
    const removed = remove();
    const stopped = hasty.stop();
    await clock.advanceAsync(400);
    await Promise.all([removed, stopped]);
    expect(slow.isOpen).toBe(false);
    expect(hasty.snapshot().sinks).toMatchObject([{ sink: 'memory' }]);
  });

  it('never throws where things are recorded', async () => {
    const junk: unknown[] = [
      undefined,
      null,
      Number.NaN,
      {},
      [],
      Symbol('x'),
      10n,
      () => {},
      'x'.repeat(1e6),
    ];
    for (const one of junk) {
      for (const other of junk) {
        logger.logPerformanceEvent(one as never, other as never);
        logger.recordMetric(one as never, other as never, one as never);
      }
    }
    logger.start();
    expect(await logger.flush()).toBe(true);
    for (const record of sink.records) expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    expect(logger.snapshot().refused).toBeGreaterThan(0);
    await logger.stop();
  });

  it.each<[unknown, RegExp]>([
    [{ capacity: 3 }, /capacity.*3/],
    [{ sinks: [{}] }, /sinks\[0\]/],
    [{ sinks: 'file' }, /sinks.*"file"/],
    [{ history: {} }, /history/],
    [{ flushInterval: 'soon' }, /flushInterval.*"soon"/],
    [{ reports: { baseline: {} } }, /baseline/],
    [{ colour: 1 }, /colour/],
    [null, /null/],
  ])('names what is wrong with %j', (options, message) => {
    const make = (): unknown => new PerformanceLogger(options as never);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });

  it('names what is wrong with what it is asked for', async () => {
    await expect(logger.generatePerformanceReport({ timeRange: 'soon' })).rejects.toThrow(
      /timeRange.*"soon"/,
    );
    await expect(logger.generatePerformanceReport({ range: '1h' } as never)).rejects.toThrow(/range/);
    await expect(logger.generatePerformanceReport(null as never)).rejects.toThrow(ConfigurationError);
    await expect(logger.dump({ last: -1 })).rejects.toThrow(/last.*-1/);
    expect(() => logger.defineMetric('x', { area: 'moon' } as never)).toThrow(/area.*"moon"/);
    expect(() => logger.defineMetric(undefined as never)).toThrow(/name/);
    expect(() => logger.endBenchmark('x')).toThrow('no open benchmark run is called "x"');
  });
});
