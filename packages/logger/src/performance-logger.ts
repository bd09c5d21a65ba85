/// <reference lib="esnext.disposable" />
import {
  type Clock,
  type ComponentHealth,
  callWithTimeout,
  type Disposer,
  type Duration,
  Emitter,
  type EventSink,
  type ManagedComponent,
  option,
  type Recommendation,
  readOptions,
  StateError,
} from '@evenkeel/core';
import { type BenchmarkResult, type BenchmarkRun, Benchmarks } from './benchmark/benchmarks.ts';
import { flushOnCrash } from './crash/index.ts';
import { Drain, type DrainEvents, type DrainStatistics } from './drain/index.ts';
import type { DumpTarget } from './dump-target.ts';
import type { History } from './history/history.ts';
import { RECORDS_LOST } from './history/roll-up.ts';
import type { LogRecord, RecordData } from './log-record.ts';
import { type PerformanceLoggerOptions, readLoggerOptions } from './performance-logger-options.ts';
import { type MetricOptions, PREDEFINED_METRICS } from './predefined-metrics.ts';
import { type EventFields, type EventHandle, FlightRecorder, type MetricHandle } from './recording/index.ts';
import { PerformanceReporter } from './report/performance-reporter.ts';
import type { PerformanceReport } from './report/report.ts';
import type { ReporterSnapshot } from './report/reporter-snapshot.ts';
import type { ReportTimeRange } from './report/time-range.ts';
import { ResourceUsage } from './resource-usage.ts';
import type { Sink } from './sink.ts';

/** What a logger tells, besides `error`. */
export interface PerformanceLoggerEvents extends DrainEvents {
  /** The last minutes were put aside. */
  dumped: { readonly reason: string; readonly records: number; readonly location: string | undefined };
}

/** What `dump()` is asked for. */
export interface DumpOptions {
  /** How far back. @defaultValue '5m' */
  readonly last?: Duration | undefined;
  /** For people. @defaultValue 'asked for' */
  readonly reason?: string | undefined;
}

/** The recorder's last minutes. */
export interface Dump {
  readonly reason: string;
  /** Oldest first. */
  readonly records: readonly LogRecord[];
  /** Where they were put; undefined where the logger has no place for them. */
  readonly location: string | undefined;
}

/** What `generatePerformanceReport` is asked for. */
export interface ReportOptions {
  /** @defaultValue '1h' */
  readonly timeRange?: ReportTimeRange | undefined;
  /** What the process uses right now. @defaultValue true */
  readonly includeResourceUsage?: boolean | undefined;
  /** @defaultValue true */
  readonly includeEvents?: boolean | undefined;
  /** @defaultValue true */
  readonly includeBenchmarks?: boolean | undefined;
}

/** How a logger does. */
export interface LoggerSnapshot {
  readonly running: boolean;
  /** Since it was made. */
  readonly recorded: number;
  readonly held: number;
  /** Values that were no finite numbers, and those of metrics beyond the limit. */
  readonly refused: number;
  readonly openBenchmarks: number;
  readonly sinks: readonly DrainStatistics[];
  readonly reports: ReporterSnapshot;
}

/* A disk that does not answer must not hold up who asked. */
const DUMP_TIMEOUT_MS = 30_000;

/**
 * Records what happens, at the price of tens of nanoseconds: into a ring in memory first, from where sinks take it in
 * batches, in the background. Nothing that a sink does reaches the application; what is lost is counted.
 *
 * Recording works before `start` and after `stop`; `start` opens the sinks and begins to write.
 *
 * @example
 * const logger = new PerformanceLogger({ sinks: [ndjsonFile({ path: 'performance.ndjson' })] });
 * logger.start();
 * logger.recordMetric('response-time', 12.5);
 * logger.logPerformanceEvent('cache_cleared', { reason: 'deploy' });
 */
export class PerformanceLogger
  extends Emitter<PerformanceLoggerEvents>
  implements ManagedComponent, EventSink
{
  readonly #clock: Clock;
  readonly #settings: ReturnType<typeof readLoggerOptions>;
  readonly #recorder: FlightRecorder;
  readonly #drains = new Map<string, Drain>();
  readonly #benchmarks: Benchmarks;
  /** Makes reports of what is recorded, and sends them where the option `reports` has a delivery. */
  readonly reporter: PerformanceReporter;
  #isRunning = false;
  #stopCrashFlush: Disposer = () => {};
  #stopping: Promise<void> | undefined;
  /* At the health check before. */
  #lostBefore = 0;

  /** @throws ConfigurationError that names each option it cannot take */
  constructor(options?: PerformanceLoggerOptions) {
    const settings = readLoggerOptions(options);
    super(settings.clock);
    this.#settings = settings;
    this.#clock = settings.clock;
    const { capacity, maxBytes, clock } = settings;
    this.#recorder = new FlightRecorder({ capacity, maxBytes, clock });
    for (const description of PREDEFINED_METRICS) this.#recorder.defineMetric(description);
    this.#benchmarks = new Benchmarks(clock, ({ id, durationMs, measurements, context }) => {
      // The recorder makes of the context what can be recorded.
      this.#recorder.recordBenchmark({ id, durationMs, measurements, context: context as RecordData });
    });
    const usage = new ResourceUsage();
    this.reporter = new PerformanceReporter({
      resourceUsage: () => usage.read(),
      ...settings.reports,
      history: this.history,
      clock,
      meter: settings.meter,
    });
    this.reporter.on('error', ({ source, error }) => this.reportError(source, error));
    for (const sink of [settings.history, ...settings.sinks]) this.addSink(sink);
  }

  /** Whether it writes what is recorded. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What reports are made of, with all that was recorded before it is read. */
  get history(): History {
    const { history } = this.#settings;
    return {
      read: async (query, signal) => {
        await this.#drains.get(history.name)?.flush();
        return history.read(query, signal);
      },
    };
  }

  /** Records something that happened; of `data` a bounded copy is taken at once. Never throws. */
  logPerformanceEvent(type: string, data?: object): void {
    this.#recorder.record(type, data);
  }

  /** The same, as other packages know it. */
  record(type: string, data?: object): void {
    this.#recorder.record(type, data);
  }

  /**
   * Records a value of a metric. One that is not defined is defined by it, as plain numbers; what is no finite number is
   * refused and counted. Never throws.
   */
  recordMetric(name: string, value: number, context?: object): void {
    this.#recorder.recordMetric(name, value, context);
  }

  /**
   * Says what a metric is, and gives what records it fastest.
   *
   * @throws ConfigurationError for what it cannot take
   */
  defineMetric(name: string, options?: MetricOptions): MetricHandle {
    return this.#recorder.defineMetric({ ...options, name });
  }

  /**
   * Defines an event with typed fields, and gives what records it fastest.
   *
   * @throws ConfigurationError for fields it cannot take
   * @throws StateError where it is defined already, with other fields
   */
  defineEvent<const Fields extends EventFields>(type: string, fields: Fields): EventHandle<Fields> {
    return this.#recorder.defineEvent(type, fields);
  }

  /**
   * Begins a run of a benchmark. Runs of one benchmark may overlap: each has an `id` of its own.
   *
   * @throws ConfigurationError for an id that is no text
   */
  startBenchmark(id: string, context?: Readonly<Record<string, unknown>>): BenchmarkRun {
    return this.#benchmarks.start(id, context);
  }

  /**
   * Marks a point of a run; gives the time since the one before, or the start, in ms.
   *
   * @param id of the run, or of its benchmark where only one run of it is open
   * @throws UnknownNameError where none is open, StateError where several are
   */
  recordBenchmarkMeasurement(id: string, label: string): number {
    return this.#benchmarks.measure(id, label);
  }

  /**
   * Ends a run and records it.
   *
   * @param id of the run, or of its benchmark where only one run of it is open
   * @throws UnknownNameError where none is open, StateError where several are
   */
  endBenchmark(id: string): BenchmarkResult {
    return this.#benchmarks.end(id);
  }

  /**
   * A report on what was recorded, as data; `exportReport` makes a page or a file of it.
   *
   * @throws ConfigurationError for options that it cannot take; what reading the history rejects with
   */
  async generatePerformanceReport(options?: ReportOptions): Promise<PerformanceReport> {
    const { timeRange, ...content } = readOptions('generatePerformanceReport', options, {
      // Read by the reporter.
      timeRange: new option.Field<ReportTimeRange>(
        'a time range',
        (value) => value as ReportTimeRange,
      ).default('1h'),
      includeResourceUsage: option.boolean().default(true),
      includeEvents: option.boolean().default(true),
      includeBenchmarks: option.boolean().default(true),
    });
    return await this.reporter.generatePerformanceReport(timeRange, {
      resourceUsage: content.includeResourceUsage,
      events: content.includeEvents,
      benchmarks: content.includeBenchmarks,
    });
  }

  /**
   * The last minutes, from memory; puts them where the option `dumps` says.
   *
   * @throws ConfigurationError for options that it cannot take; what the place for dumps rejects with
   */
  async dump(options?: DumpOptions): Promise<Dump> {
    const { last, reason } = readOptions('PerformanceLogger.dump', options, {
      last: option.duration().default(300_000),
      reason: option.string().default('asked for'),
    });
    const records = this.#recorder.recent({ duration: last });
    const location = await this.#put(this.#settings.dumps, records, reason);
    this.emit('dumped', { reason, records: records.length, location });
    return { reason, records, location };
  }

  /**
   * Has records written to one more sink, from the oldest that is held on. Returns what stops that: what was recorded by
   * then is written first.
   *
   * @throws ConfigurationError for what is no sink
   * @throws StateError where there is one of that name
   */
  addSink(sink: Sink): () => Promise<void> {
    const { clock, meter, flushInterval } = this.#settings;
    const drain = new Drain({ recorder: this.#recorder, sink, clock, meter, maxDelay: flushInterval });
    if (this.#drains.has(sink.name))
      throw new StateError(`there is a sink called ${JSON.stringify(sink.name)}`);
    this.#drains.set(sink.name, drain);
    drain.on('error', ({ source, error }) => this.reportError(source, error));
    drain.on('sink_failed', (event) => this.emit('sink_failed', event));
    drain.on('sink_recovered', (event) => this.emit('sink_recovered', event));
    drain.on('records_lost', (event) => {
      this.emit('records_lost', event);
      // So that a report says what it does not know.
      if (sink === this.#settings.history) this.#recorder.record(RECORDS_LOST, event);
    });
    if (this.#isRunning) drain.start();
    return async () => {
      // It stays known until then: who stops, flushes or dies meanwhile counts it in.
      await drain.stop(this.#settings.stopTimeout);
      if (this.#drains.get(sink.name) === drain) this.#drains.delete(sink.name);
    };
  }

  /** Opens the sinks and begins to write, in the background. Idempotent; does nothing while it stops. */
  start(): void {
    if (this.#isRunning || this.#stopping) return;
    this.#isRunning = true;
    for (const drain of this.#drains.values()) drain.start();
    this.reporter.start();
    if (this.#settings.flushOnCrash) {
      this.#stopCrashFlush = flushOnCrash({
        clock: this.#clock,
        targets: () => this.#drains.values(),
        onUncaught: (error, origin) => this.#recorder.record('uncaught_error', { origin, error }),
      });
    }
  }

  /** Waits until all that was recorded is written. Says whether it was, within the time. Never rejects. */
  async flush(timeoutMs?: number): Promise<boolean> {
    const flushed = await Promise.all([...this.#drains.values()].map((drain) => drain.flush(timeoutMs)));
    return flushed.every((each) => each);
  }

  /** Writes what is there, and closes the sinks. What is recorded afterwards waits for the next start. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  snapshot(): LoggerSnapshot {
    const { recorded, held, refused } = this.#recorder.statistics();
    return {
      running: this.#isRunning,
      recorded,
      held,
      refused,
      openBenchmarks: this.#benchmarks.openCount,
      sinks: this.#statistics(),
      reports: this.reporter.snapshot(),
    };
  }

  /** What the last report advises. */
  recommendations(): readonly Recommendation[] {
    return this.reporter.recommendations();
  }

  /** A warning while a sink fails, hangs or loses records, or reports cannot be made or sent. */
  healthCheck(): ComponentHealth {
    const reports = this.reporter.healthCheck();
    const sinks = this.#statistics();
    const failing = sinks.filter(({ state }) => state === 'failing' || state === 'hanging').length;
    const lost = sinks.reduce((sum, sink) => sum + sink.lost, 0);
    const isLosing = lost > this.#lostBefore;
    this.#lostBefore = lost;
    const isWell = failing === 0 && !isLosing && reports.status === 'healthy';
    return {
      score: isWell ? 100 : 50,
      status: isWell ? 'healthy' : 'warning',
      metrics: { sinks: sinks.length, failing, lost, ...reports.metrics },
    };
  }

  #statistics(): DrainStatistics[] {
    return [...this.#drains.values()].map((drain) => drain.statistics());
  }

  async #put(
    target: DumpTarget | undefined,
    records: readonly LogRecord[],
    reason: string,
  ): Promise<string | undefined> {
    if (!target) return undefined;
    const what = 'putting the last minutes aside';
    return await callWithTimeout(() => target.write(records, reason), {
      timeoutMs: DUMP_TIMEOUT_MS,
      what,
      clock: this.#clock,
    });
  }

  async #stop(): Promise<void> {
    this.#isRunning = false;
    const { stopTimeout } = this.#settings;
    await this.reporter.stop();
    await Promise.all([...this.#drains.values()].map((drain) => drain.stop(stopTimeout)));
    this.#stopCrashFlush();
  }
}
