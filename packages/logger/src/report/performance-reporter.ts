import {
  type Clock,
  type ComponentHealth,
  ConfigurationError,
  type Disposer,
  type Duration,
  Emitter,
  errorMessage,
  type ManagedComponent,
  option,
  PeriodicTask,
  type Recommendation,
  RingBuffer,
  readValue,
  StateError,
  toError,
} from '@evenkeel/core';
import { exportReport, type ReportFormat } from './export-report.ts';
import type { PerformanceReport } from './report.ts';
import { type ReportContent, readReportContent, WHOLE_REPORT } from './report-content.ts';
import { type Baselines, baselinesOf } from './report-input.ts';
import { ReportMaker } from './report-maker.ts';
import { criticalMessage, reportMessage } from './report-message.ts';
import type { ReporterEvents } from './reporter-events.ts';
import { ReporterMetrics } from './reporter-metrics.ts';
import {
  baselinesField,
  type PerformanceReporterOptions,
  type PerformanceReporterSettings,
  readReporterOptions,
} from './reporter-options.ts';
import { type ReporterSnapshot, recommendationsFrom } from './reporter-snapshot.ts';
import { CriticalFindings } from './schedule/critical-findings.ts';
import { ReportCourier } from './schedule/report-courier.ts';
import { type DueReport, ReportSchedule } from './schedule/report-schedule.ts';
import { type ReportTimeRange, rangeLabel, readTimeRange } from './time-range.ts';
import { atTime, counted } from './words.ts';

const SHORTEST_INTERVAL_MS = 60_000;
const LONGEST_INTERVAL_MS = 31 * 86_400_000;
const MAX_SCHEDULES = 100;

interface Scheduled {
  readonly schedule: ReportSchedule;
  readonly intervalMs: number;
  readonly recipients: readonly string[];
}

/**
 * Makes reports of what a history holds: on demand, and on the clock for the recipients of a delivery. Between those it
 * looks for what is critical and tells of it at once.
 *
 * @example
 * const reporter = new PerformanceReporter({ history, delivery: alertManager });
 * const report = await reporter.generatePerformanceReport('24h');
 * reporter.scheduleAutomaticReports('7d', ['team@example.org']);
 * reporter.start();
 */
export class PerformanceReporter extends Emitter<ReporterEvents> implements ManagedComponent {
  readonly #clock: Clock;
  readonly #metrics: ReporterMetrics;
  readonly #maker: ReportMaker;
  readonly #courier: ReportCourier | undefined;
  readonly #watch: PeriodicTask | undefined;
  readonly #reports: RingBuffer<PerformanceReport>;
  readonly #schedules = new Set<Scheduled>();
  /* Schedules that were called off while they made a report. */
  readonly #ending = new Set<Promise<void>>();
  readonly #findings = new CriticalFindings();
  #isRunning = false;
  #isWatchFailing = false;
  #lastFailure: string | undefined;
  #undelivered = 0;

  /** @throws ConfigurationError */
  constructor(options: PerformanceReporterOptions) {
    const settings = readReporterOptions(options);
    super(settings.clock);
    const { clock, delivery, timeout, random, watchInterval, meter } = settings;
    this.#clock = clock;
    this.#metrics = new ReporterMetrics(meter);
    this.#maker = new ReportMaker(settings, this.#metrics, (source, thrown) =>
      this.reportError(source, thrown),
    );
    this.#reports = new RingBuffer(settings.maxHistory);
    this.#courier = delivery && this.#createCourier(delivery, timeout, random);
    this.#watch =
      watchInterval > 0
        ? new PeriodicTask(() => this.#look(), { intervalMs: watchInterval, clock })
        : undefined;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The last reports, oldest first; looks for critical findings are none. */
  get reportHistory(): readonly PerformanceReport[] {
    return this.#reports.toArray();
  }

  /**
   * Makes a report and keeps it in `reportHistory`. The same range of the same records gives the same report.
   *
   * @param timeRange how far back, `'15m'`, `'7d'`, ms, or `{ from, to }` in ms since 1970; 1 second to 366 days
   * @throws ConfigurationError for a range or content of the wrong kind
   * @throws TimeoutError when the history does not answer in time, and what it throws itself
   */
  async generatePerformanceReport(
    timeRange: ReportTimeRange = '1h',
    content: ReportContent = {},
  ): Promise<PerformanceReport> {
    const owner = 'PerformanceReporter.generatePerformanceReport';
    const range = readTimeRange(owner, timeRange, this.#clock.now());
    const wanted = readReportContent(owner, content);
    return this.#keep(await this.#maker.make(range, wanted), false);
  }

  /**
   * A report as text: JSON, CSV, Markdown, or one HTML page that needs no network.
   *
   * @throws ConfigurationError for an unknown format, or what is no report
   */
  exportReport(report: PerformanceReport, format: ReportFormat): string {
    return exportReport(report, format);
  }

  /**
   * Sends a report of each interval after its end, while started: of `'1h'` on the hour, of `'7d'` on Mondays, UTC. What
   * was missed comes as one report. Returns what ends it.
   *
   * @param interval 1 minute to 31 days
   * @param recipients as the delivery understands them; none: the report is made and kept in `reportHistory` only
   * @throws ConfigurationError, also for recipients without a delivery
   * @throws StateError beyond 100 schedules
   */
  scheduleAutomaticReports(interval: Duration, recipients: readonly string[] = []): Disposer {
    const owner = 'PerformanceReporter.scheduleAutomaticReports';
    const bounds = option.duration({ min: SHORTEST_INTERVAL_MS, max: LONGEST_INTERVAL_MS });
    const intervalMs = Math.round(readValue(owner, 'interval', interval, bounds));
    const to = [...new Set(readValue(owner, 'recipients', recipients, option.listOf(option.string())))];
    if (to.length > 0 && !this.#courier) {
      const expected = 'empty, as there is no delivery to bring reports to anybody';
      throw new ConfigurationError(owner, [{ path: 'recipients', value: recipients, expected }]);
    }
    if (this.#schedules.size >= MAX_SCHEDULES)
      throw new StateError(`there are ${MAX_SCHEDULES} schedules already`);
    const schedule = new ReportSchedule({
      intervalMs,
      clock: this.#clock,
      report: (due) => this.#reportDue(due, scheduled),
    });
    const scheduled: Scheduled = { schedule, intervalMs, recipients: to };
    this.#schedules.add(scheduled);
    if (this.#isRunning) schedule.start();
    return () => {
      this.#schedules.delete(scheduled);
      const ending = schedule.stop().finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    };
  }

  /**
   * Sets what is normal: a report on such times, or baselines by metric. It takes the place of the baselines before.
   *
   * @throws ConfigurationError
   */
  setBaseline(normal: PerformanceReport | Baselines): void {
    const baselines = isReport(normal) ? baselinesOf(normal) : normal;
    const owner = 'PerformanceReporter.setBaseline';
    this.#maker.baselines = readValue(owner, 'baselines', baselines, baselinesField);
  }

  /** Begins with the schedules and the looks for critical findings. Idempotent. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (const { schedule } of this.#schedules) schedule.start();
    this.#watch?.start();
  }

  /** Waits for reports that are being made; gives up messages that the delivery has not taken. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    const schedules = [...this.#schedules].map(({ schedule }) => schedule.stop());
    await Promise.all([this.#watch?.stop(), ...schedules, ...this.#ending]);
    await this.#courier?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  snapshot(): ReporterSnapshot {
    const last = this.#reports.last;
    return {
      isRunning: this.#isRunning,
      schedules: [...this.#schedules].map(({ schedule, intervalMs, recipients }) => ({
        intervalMs,
        recipients,
        coveredUntil: schedule.coveredUntil,
        nextAt: schedule.nextAt,
      })),
      reports: this.#reports.length,
      ...(last ? { lastReport: { timeRange: last.timeRange, summary: last.summary } } : {}),
      criticalFindings: this.#findings.ids,
      waiting: this.#courier?.waiting ?? 0,
      undelivered: this.#undelivered,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
    };
  }

  /** What the last report advises of itself. */
  recommendations(): readonly Recommendation[] {
    return recommendationsFrom(this.#reports.last);
  }

  /** A warning while the last attempt to make or deliver a report has failed. */
  healthCheck(): ComponentHealth {
    const isFailing = this.#lastFailure !== undefined;
    return {
      score: isFailing ? 50 : 100,
      status: isFailing ? 'warning' : 'healthy',
      metrics: {
        reports: this.#reports.length,
        schedules: this.#schedules.size,
        criticalFindings: this.#findings.ids.length,
        waiting: this.#courier?.waiting ?? 0,
        undelivered: this.#undelivered,
      },
    };
  }

  #keep(report: PerformanceReport, isScheduled: boolean): PerformanceReport {
    this.#reports.push(report);
    this.emit('report_generated', { report, isScheduled });
    return report;
  }

  async #reportDue({ from, to, missed }: DueReport, scheduled: Scheduled): Promise<boolean> {
    const notes = missed > 0 ? [missedNote(missed, from)] : [];
    const range = { from, to, label: rangeLabel(from, to) };
    try {
      const report = this.#keep(await this.#maker.make(range, WHOLE_REPORT, notes), true);
      // Nobody, if it was called off meanwhile.
      const recipients = this.#schedules.has(scheduled) ? scheduled.recipients : [];
      this.#noteFindings(report, recipients);
      if (recipients.length > 0) this.#courier?.send(reportMessage(report), recipients);
      this.#lastFailure = undefined;
      return true;
    } catch (thrown) {
      this.#failed('history', thrown, true);
      return false;
    }
  }

  async #look(): Promise<void> {
    try {
      const report = await this.#maker.look(this.#clock.now());
      if (this.#isWatchFailing) this.#lastFailure = undefined;
      this.#isWatchFailing = false;
      this.#noteFindings(report);
    } catch (thrown) {
      // Once for an outage, not every minute.
      if (!this.#isWatchFailing) this.#failed('history', thrown, true);
      this.#isWatchFailing = true;
    }
  }

  /**
   * Tells of the critical findings that were not known: all who get reports.
   *
   * @param informed those who get this report itself
   */
  #noteFindings(report: PerformanceReport, informed: readonly string[] = []): void {
    const findings = this.#findings.update(report, this.#clock.monotonic());
    if (findings.length === 0) return;
    this.emit('critical_finding', { findings, report });
    const all = new Set([...this.#schedules].flatMap(({ recipients }) => recipients));
    const recipients = [...all].filter((each) => !informed.includes(each));
    if (recipients.length > 0) this.#courier?.send(criticalMessage(report, findings), recipients);
  }

  #createCourier(
    delivery: NonNullable<PerformanceReporterSettings['delivery']>,
    timeoutMs: number,
    random: () => number,
  ): ReportCourier {
    return new ReportCourier({
      delivery,
      timeoutMs,
      random,
      clock: this.#clock,
      onDelivered: ({ message: { subject }, recipients, attempts }) => {
        this.#metrics.delivery('delivered');
        this.#lastFailure = undefined;
        this.emit('report_delivered', { subject, recipients, attempts });
      },
      onFailed: ({ error, willRetry }) => {
        this.#metrics.delivery(willRetry ? 'retried' : 'failed');
        if (!willRetry) this.#undelivered += 1;
        this.#failed('delivery', error, willRetry);
      },
    });
  }

  #failed(stage: 'history' | 'delivery', thrown: unknown, willRetry: boolean): void {
    this.#lastFailure = `${stage}: ${errorMessage(thrown)}`;
    this.emit('report_failed', { stage, error: toError(thrown), willRetry });
  }
}

function missedNote(missed: number, from: number): string {
  return `It covers the time since ${atTime(from)}, as ${counted(missed, 'earlier report')} could not be made.`;
}

function isReport(normal: PerformanceReport | Baselines): normal is PerformanceReport {
  return typeof normal === 'object' && normal !== null && 'detailed' in normal && normal.version === 1;
}
