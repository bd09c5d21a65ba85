import {
  type Alert,
  type ComponentHealth,
  ConfigurationError,
  type ConfigurationIssue,
  type Disposer,
  type Duration,
  Emitter,
  EvenkeelError,
  type ManagedComponent,
  PeriodicTask,
  type Recommendation,
  RingBuffer,
  readValue,
} from '@evenkeel/core';
import { advise } from './advice/advice.ts';
import type { Collector, MetricSnapshot } from './collectors/collector.ts';
import { CollectorSet } from './collectors/collector-set.ts';
import { checkCollector } from './collectors/collectors-field.ts';
import { MonitorMetrics } from './monitor-metrics.ts';
import {
  type CheckedOptions,
  intervalField,
  type PerformanceMonitorOptions,
  readMonitorOptions,
} from './monitor-options.ts';
import { OverheadMeter } from './overhead/overhead-meter.ts';
import { Recorder } from './recording/recorder.ts';
import type { RecordedRequest, RequestContext } from './requests/request-context.ts';
import {
  endpointSummaries,
  type FigureSources,
  figures,
  operationSummaries,
  type PerformanceSummary,
  ratio,
  trends,
} from './summary/performance-summary.ts';
import { series } from './summary/resources.ts';
import { readThreshold, type Threshold } from './thresholds/threshold.ts';
import { ThresholdSet } from './thresholds/threshold-set.ts';
import type { ResolvedAlert, Transition } from './thresholds/threshold-watch.ts';
import type { Timer, TimerEnded } from './timers/timer.ts';

export interface PerformanceMonitorEvents {
  /** A gathering has ended. */
  metrics_collected: MetricSnapshot;
  /** A threshold was passed, or the severity of its alert has changed. */
  alert: Alert;
  /** An alert is over: the figure is back, or its threshold was removed. */
  alert_resolved: ResolvedAlert;
  /** A timer has ended. */
  timer_ended: TimerEnded;
  /** A request was counted; it costs nothing while nobody listens. */
  request_recorded: RecordedRequest;
}

/** Its state, for a dashboard. */
export interface MonitorSnapshot {
  readonly running: boolean;
  readonly reportingIntervalMs: number;
  /** With the twenty busiest endpoints and operations only. */
  readonly summary: PerformanceSummary;
  readonly alerts: readonly Alert[];
}

/* What a dashboard shows; quantiles of every endpoint would make its data costly. */
const SNAPSHOT_ENTRIES = 20;

/* Rates of the first moments would be absurd: one request after 10 ms is not 100 a second. */
const SHORTEST_COVERED_MS = 1000;

/**
 * Counts requests, times operations, reads collectors, watches thresholds, and says how the application does.
 * Recording works before `start` and after `stop`; `start` adds the periodic gathering.
 */
export class PerformanceMonitor extends Emitter<PerformanceMonitorEvents> implements ManagedComponent {
  readonly #options: CheckedOptions;
  readonly #metrics: MonitorMetrics;
  readonly #recorder: Recorder;
  readonly #collectors: CollectorSet;
  readonly #thresholds: ThresholdSet;
  readonly #overhead: OverheadMeter;
  readonly #ticks: PeriodicTask;
  readonly #snapshots: RingBuffer<{ readonly atMs: number; readonly snapshot: MetricSnapshot }>;
  readonly #sinceMs: number;
  #wanted = false;
  #tellsRequests = false;
  #opening: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #gathering: Promise<MetricSnapshot> | undefined;

  /** @throws ConfigurationError naming every option that cannot be used */
  constructor(options: PerformanceMonitorOptions = {}) {
    const checked = readMonitorOptions(options);
    const { clock, meter, window } = checked;
    super(clock);
    this.#options = checked;
    this.#sinceMs = clock.monotonic();
    this.#metrics = new MonitorMetrics(meter);
    this.#overhead = new OverheadMeter(window);
    this.#recorder = new Recorder({
      ...checked,
      metrics: this.#metrics,
      overhead: this.#overhead,
      onTimerEnd: (timer, durationMs) => this.#timerEnded(timer, durationMs),
      onRequest: (success, durationMs, context) => {
        if (this.#tellsRequests) this.emit('request_recorded', { success, durationMs, context });
      },
    });
    this.#snapshots = new RingBuffer(checked.snapshotLimit);
    this.#collectors = new CollectorSet({
      clock,
      timeoutMs: checked.collectorTimeout,
      onFailure: (name, error) => this.reportError(`collector ${JSON.stringify(name)}`, error),
      onCount: (collector) => this.#metrics.collectorErrors.labels({ collector }).inc(),
      onCost: (ms) => this.#overhead.collected(clock.monotonic(), ms),
    });
    for (const [name, collector] of Object.entries(checked.collectors)) this.#collectors.add(name, collector);
    this.#thresholds = new ThresholdSet((path) =>
      this.reportError(
        `threshold ${JSON.stringify(path)}`,
        new EvenkeelError(`the snapshot has no number at ${path}`, { code: 'UNKNOWN_PATH' }),
      ),
    );
    for (const threshold of checked.thresholds) this.#thresholds.set(threshold, clock.now());
    this.#ticks = new PeriodicTask(() => this.collectMetrics(), {
      intervalMs: checked.reportingInterval,
      clock,
      onError: (error) => this.reportError('gathering', error),
    });
  }

  /** Whether it gathers periodically. */
  get isRunning(): boolean {
    return this.#ticks.isRunning;
  }

  /** In ms. */
  get reportingInterval(): number {
    return this.#ticks.intervalMs;
  }

  /**
   * Begins to measure an operation. The timer's `name` is unique to this call, so measurements of one operation
   * that run at the same time never mix.
   *
   * @param labels kept with the timer and given to `timer_ended`; they don't split the statistics
   * @throws ConfigurationError for an empty name
   */
  startTimer(name: string, labels?: Readonly<Record<string, string>>): Timer {
    return this.#recorder.startTimer(name, labels);
  }

  /**
   * Ends the measurement of a timer's unique name and gives its duration in ms.
   *
   * @throws UnknownNameError when no timer of that name is open: it never was, has ended, or was given up
   */
  endTimer(name: string): number {
    return this.#recorder.endTimer(name);
  }

  /**
   * Counts a request. A duration that is no finite number of at least 0 is rejected and counted as a loss.
   *
   * @param success whether the request was served as it should be
   */
  recordRequest(success: boolean, durationMs: number, context?: RequestContext): void {
    this.#recorder.recordRequest(success, durationMs, context);
  }

  /** How the application did within the window. */
  getPerformanceSummary(): PerformanceSummary {
    return this.#summary(Infinity);
  }

  /**
   * Adds a collector; where the monitor is started, it is started too. Returns what removes it.
   *
   * @throws ConfigurationError for a name or collector that cannot be used
   * @throws StateError when the name is taken
   */
  addCollector(name: string, collector: Collector): Disposer {
    const issues: ConfigurationIssue[] = [];
    checkCollector(name, collector, issues, 'collector');
    if (issues.length > 0) throw new ConfigurationError('PerformanceMonitor.addCollector', issues);
    return this.#collectors.add(name, collector);
  }

  /** Removes and stops a collector; says whether there was one. */
  removeCollector(name: string): boolean {
    return this.#collectors.remove(name);
  }

  /**
   * Reads all collectors, at the same time and each within its time-out, and keeps the snapshot. Who calls while
   * a gathering is under way gets that one's snapshot. Never rejects: a collector that fails has
   * `{ error: message }` in the snapshot and is reported as `error`; one that hangs is not called again before
   * its call has ended.
   */
  collectMetrics(): Promise<MetricSnapshot> {
    this.#gathering ??= this.#gather().finally(() => {
      this.#gathering = undefined;
    });
    return this.#gathering;
  }

  /** The snapshots that are kept, oldest first. */
  getSnapshots(): MetricSnapshot[] {
    return this.#snapshots.toArray().map(({ snapshot }) => snapshot);
  }

  /**
   * Watches a figure, at each gathering; replaces what was set for it. Returns what ends the watch.
   *
   * @param path into the summary, `errorRate`, `responseTime.p95`, or into the snapshot, `memory.heapUsedRatio`
   * @throws ConfigurationError for a path or threshold that cannot be used
   */
  setThreshold(path: string, threshold: Threshold): Disposer {
    const issues: ConfigurationIssue[] = [];
    const checked = readThreshold(path, threshold, issues);
    if (issues.length > 0) throw new ConfigurationError('PerformanceMonitor.setThreshold', issues);
    this.#announce(this.#thresholds.set(checked, this.#options.clock.now()));
    return () => {
      if (this.#thresholds.has(checked)) this.removeThreshold(path);
    };
  }

  /** Ends the watch of a figure, and its alert. */
  removeThreshold(path: string): void {
    this.#announce(this.#thresholds.remove(path, this.#options.clock.now()));
  }

  /** The alerts that are active. */
  getActiveAlerts(): Alert[] {
    return this.#thresholds.alerts();
  }

  /**
   * Changes the time between gatherings, also while they run: the next one comes that long after the last.
   *
   * @param interval ms, or a string such as '10s'
   * @throws ConfigurationError for what is no duration from 10 ms to a day
   */
  setReportingInterval(interval: Duration): void {
    const owner = 'PerformanceMonitor.setReportingInterval';
    // The field reads strings too; its result is in ms.
    this.#ticks.intervalMs = readValue<number>(owner, 'interval', interval, intervalField);
  }

  /** Starts the collectors and gathers a first snapshot. `start` does it too. Idempotent. */
  async initialize(): Promise<void> {
    if (this.#stopping) await this.#stopping;
    this.#opening ??= this.#open();
    await this.#opening;
  }

  /** Gathers periodically from now on. Idempotent; resolves after the first snapshot. */
  async start(): Promise<void> {
    this.#wanted = true;
    if (this.#stopping) await this.#stopping;
    // Whoever called stop after this wins.
    if (!this.#wanted) return;
    this.#ticks.start();
    await this.initialize();
  }

  /** Ends the gathering, waits for the one under way, and stops the collectors. Idempotent. */
  stop(): Promise<void> {
    this.#wanted = false;
    this.#stopping ??= this.#close().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  snapshot(): MonitorSnapshot {
    return {
      running: this.isRunning,
      reportingIntervalMs: this.reportingInterval,
      summary: this.#summary(SNAPSHOT_ENTRIES),
      alerts: this.getActiveAlerts(),
    };
  }

  /** What the summary gives reason to advise, with its evidence. */
  recommendations(): Recommendation[] {
    return advise(this.getPerformanceSummary(), this.#options.apdexTarget);
  }

  /** Critical with a critical alert or a score below 50, a warning with any alert or a score below 80. */
  healthCheck(): ComponentHealth {
    const { score, requestRate, errorRate, responseTime, overhead } = figures(this.#sources());
    const alerts = this.getActiveAlerts();
    const critical = score < 50 || alerts.some(({ severity }) => severity === 'critical');
    const warning = score < 80 || alerts.length > 0;
    return {
      score,
      status: critical ? 'critical' : warning ? 'warning' : 'healthy',
      metrics: {
        requestRate,
        errorRate,
        responseTimeP95: responseTime.p95,
        activeAlerts: alerts.length,
        overheadRatio: overhead.ratio,
      },
    };
  }

  #summary(limit: number): PerformanceSummary {
    const sources = this.#sources();
    const { requests, operations, openTimers } = this.#recorder;
    const { overall, endpoints } = requests;
    return {
      ...figures(sources),
      endpoints: endpointSummaries(endpoints, sources, limit),
      operations: operationSummaries(operations, sources, limit),
      trends: trends(sources),
      totals: {
        requests: overall.count,
        errors: overall.failed,
        errorRate: ratio(overall.failed, overall.count),
        meanResponseTime: overall.meanMs,
        maxResponseTime: overall.maxMs,
      },
      losses: this.#recorder.losses(),
      openTimers,
      collectors: this.#collectors.statuses(),
    };
  }

  async #open(): Promise<void> {
    await this.#collectors.open();
    await this.collectMetrics();
  }

  async #close(): Promise<void> {
    await this.#ticks.stop();
    await this.#opening;
    await this.#gathering;
    await this.#collectors.close();
    this.#opening = undefined;
  }

  async #gather(): Promise<MetricSnapshot> {
    const { clock } = this.#options;
    const begunMs = clock.monotonic();
    const snapshot = await this.#collectors.gather();
    const nowMs = clock.monotonic();
    this.#metrics.collectSeconds.observe((nowMs - begunMs) / 1000);
    this.#snapshots.push({ atMs: nowMs, snapshot });
    const [processSeconds] = series([snapshot], 'cpu', 'totalSeconds');
    const processMs = processSeconds === undefined ? undefined : processSeconds * 1000;
    this.#overhead.totals(nowMs, this.#collectors.backgroundMs(), processMs);
    const current = figures(this.#sources());
    const transitions = this.#thresholds.evaluate(current, snapshot, clock.now());
    this.#recorder.showOverflow();
    this.#metrics.show(current, this.getActiveAlerts());
    this.#overhead.collected(nowMs, clock.monotonic() - nowMs);
    this.emit('metrics_collected', snapshot);
    for (const transition of transitions) this.#announce(transition);
    return snapshot;
  }

  #sources(): FigureSources {
    const { clock, window } = this.#options;
    const nowMs = clock.monotonic();
    const fromMs = Math.max(this.#recorder.requests.overall.windowStartMs(nowMs), this.#sinceMs);
    const coveredMs = Math.max(nowMs - fromMs, SHORTEST_COVERED_MS);
    const snapshots: MetricSnapshot[] = [];
    for (let index = this.#snapshots.length - 1; index >= 0; index--) {
      const kept = this.#snapshots.at(index);
      if (!kept || nowMs - kept.atMs > window) break;
      snapshots.push(kept.snapshot);
    }
    return {
      timestamp: clock.now(),
      nowMs,
      sinceMs: this.#sinceMs,
      coveredMs,
      requests: this.#recorder.requests,
      snapshots: snapshots.reverse(),
      overhead: this.#overhead.read(nowMs, coveredMs),
    };
  }

  protected override listenersChanged(): void {
    this.#tellsRequests = this.hasListeners('request_recorded');
  }

  #timerEnded({ name, operation, labels }: Timer, durationMs: number): void {
    if (this.hasListeners('timer_ended')) this.emit('timer_ended', { name, operation, labels, durationMs });
  }

  #announce(transition: Transition | undefined): void {
    if (!transition) return;
    if (transition.kind === 'resolved') this.emit('alert_resolved', transition.alert);
    else this.emit('alert', transition.alert);
  }
}
