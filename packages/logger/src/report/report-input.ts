import type { Recommendation } from '@evenkeel/core';
import type { HistorySlice } from '../history/history.ts';
import { requireReport } from './formats/require-report.ts';
import type { NamedValue, PerformanceReport } from './report.ts';

/** What a metric was in times that count as normal. */
export interface MetricBaseline {
  readonly mean: number;
  /** Means of steps of those times, in their order. @defaultValue none: the mean is taken as exact */
  readonly values?: readonly number[];
}

/** By the metric's name. */
export type Baselines = Readonly<Record<string, MetricBaseline>>;

/** What a report is made of. */
export interface ReportInput {
  readonly current: HistorySlice;
  /** The period before, of the same length. @defaultValue nothing to compare with */
  readonly previous?: HistorySlice | undefined;
  /** @defaultValue none */
  readonly baselines?: Baselines | undefined;
  /** Advice of the host, merged with that of the report. @defaultValue none */
  readonly recommendations?: readonly Recommendation[] | undefined;
  /** Present usage. @defaultValue left out */
  readonly resourceUsage?: readonly NamedValue[] | undefined;
  /** @defaultValue 'Performance report' */
  readonly title?: string | undefined;
  /** The range in words. @defaultValue its length: `7 days` */
  readonly label?: string | undefined;
  /** Sentences put before the notes of the report. @defaultValue none */
  readonly notes?: readonly string[] | undefined;
}

/* Enough for the tests of comparison; a report of a hundred metrics stays small as a baseline. */
const MAX_BASELINE_VALUES = 120;

/**
 * Baselines from a report on times that count as normal: its metrics' means and the points of their charts.
 *
 * @throws ConfigurationError where it is given something else than a report
 */
export function baselinesOf(report: PerformanceReport): Baselines {
  requireReport('baselinesOf', report);
  const metrics = Object.values(report.detailed).flatMap((area) => area.metrics);
  return Object.fromEntries(
    metrics.map(({ name, mean, points }): [string, MetricBaseline] => [
      name,
      { mean, values: points.slice(-MAX_BASELINE_VALUES).map((point) => point.mean) },
    ]),
  );
}
