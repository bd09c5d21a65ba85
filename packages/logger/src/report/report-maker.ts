import { callWithTimeout, errorMessage, type Recommendation } from '@evenkeel/core';
import type { HistoryQuery, HistorySlice, TimeRange } from '../history/history.ts';
import { buildReport } from './build-report.ts';
import { readRecommendations, readUsage } from './host-data.ts';
import type { NamedValue, PerformanceReport, ReportRange } from './report.ts';
import type { ReportContent } from './report-content.ts';
import type { Baselines } from './report-input.ts';
import type { ReporterMetrics } from './reporter-metrics.ts';
import type { PerformanceReporterSettings } from './reporter-options.ts';

/* Points of a chart; enough of them to tell a trend from chance. */
const STEPS = 120;
/* What a look for critical findings looks at, in steps of a minute. */
const WATCH_RANGE_MS = 15 * 60_000;
const WATCH_STEPS = 15;

type Query = Omit<HistoryQuery, 'range'>;

/** Gathers what a report is made of, from the history and from the host, and makes it. */
export class ReportMaker {
  baselines: Baselines;
  readonly #settings: PerformanceReporterSettings;
  readonly #metrics: ReporterMetrics;
  readonly #onError: (source: string, thrown: unknown) => void;

  /** @param onError learns how a function of the host failed */
  constructor(
    settings: PerformanceReporterSettings,
    metrics: ReporterMetrics,
    onError: (source: string, thrown: unknown) => void,
  ) {
    this.baselines = settings.baselines;
    this.#settings = settings;
    this.#metrics = metrics;
    this.#onError = onError;
  }

  /**
   * A report of a range, compared with the one before it. Rejects where the history can't be read.
   *
   * @param firstNotes sentences to put before its notes
   */
  async make(
    { from, to, label }: ReportRange,
    { resourceUsage, events, benchmarks }: Required<ReportContent>,
    firstNotes: readonly string[] = [],
  ): Promise<PerformanceReport> {
    const { clock, title } = this.#settings;
    const startedMs = clock.monotonic();
    const failures: string[] = [];
    const query: Query = { steps: STEPS, include: { events, benchmarks } };
    try {
      const [current, previous, recommendations, usage] = await Promise.all([
        this.#read({ range: { from, to }, ...query }),
        this.#readBefore({ from, to }, query, failures),
        this.#recommendations(failures),
        resourceUsage ? this.#usage(failures) : undefined,
      ]);
      const report = buildReport({
        current,
        previous,
        baselines: this.baselines,
        recommendations,
        resourceUsage: usage,
        title,
        label,
        // In one order, whichever failed first.
        notes: [...firstNotes, ...failures.sort()],
      });
      this.#metrics.made(clock.monotonic() - startedMs);
      return report;
    } catch (thrown) {
      this.#metrics.failed();
      throw thrown;
    }
  }

  /** A report of the last minutes that has what is critical now, and no more. */
  async look(now: number): Promise<PerformanceReport> {
    const to = Math.floor(now);
    const failures: string[] = [];
    const [current, recommendations] = await Promise.all([
      this.#read({
        range: { from: to - WATCH_RANGE_MS, to },
        steps: WATCH_STEPS,
        include: { events: false, benchmarks: false },
      }),
      this.#recommendations(failures),
    ]);
    const { title } = this.#settings;
    return buildReport({ current, recommendations, title, label: 'last 15 minutes', notes: failures });
  }

  #read(query: HistoryQuery): Promise<HistorySlice> {
    const { history, timeout: timeoutMs, clock } = this.#settings;
    const what = 'reading the history';
    return callWithTimeout((signal) => history.read(query, signal), { timeoutMs, what, clock });
  }

  /** A report is of use without what it could have been compared with. */
  async #readBefore(
    { from, to }: TimeRange,
    query: Query,
    failures: string[],
  ): Promise<HistorySlice | undefined> {
    try {
      return await this.#read({ range: { from: from - (to - from), to: from }, ...query });
    } catch (thrown) {
      failures.push(`The period before could not be read: ${errorMessage(thrown)}.`);
      return undefined;
    }
  }

  async #recommendations(failures: string[]): Promise<readonly Recommendation[] | undefined> {
    const { recommendations } = this.#settings;
    if (!recommendations) return undefined;
    return this.#ask('recommendations()', async () => readRecommendations(await recommendations()), failures);
  }

  async #usage(failures: string[]): Promise<readonly NamedValue[] | undefined> {
    const { resourceUsage } = this.#settings;
    if (!resourceUsage) return undefined;
    return this.#ask('resourceUsage()', async () => readUsage(await resourceUsage()), failures);
  }

  /** Calls a function of the host's; without its answer the report goes on, and says so. */
  async #ask<T>(what: string, call: () => Promise<T>, failures: string[]): Promise<T | undefined> {
    const { timeout: timeoutMs, clock } = this.#settings;
    try {
      return await callWithTimeout(call, { timeoutMs, what, clock });
    } catch (thrown) {
      this.#onError(what, thrown);
      failures.push(`${what} of the host failed: ${errorMessage(thrown)}.`);
      return undefined;
    }
  }
}
