import type { HistorySlice } from '../history/history.ts';
import { type Findings, sortAdvice } from './advice/advice.ts';
import { forecastAdvice } from './advice/forecast-advice.ts';
import { readHostAdvice } from './advice/host-advice.ts';
import { targetAdvice, worseAdvice } from './advice/metric-advice.ts';
import { benchmarkAdvice, eventAdvice, lossAdvice } from './advice/record-advice.ts';
import { rounded } from './analysis/rounded.ts';
import { findAnomalies } from './anomaly-reports.ts';
import { describeAreas } from './areas.ts';
import { describeBenchmarks } from './benchmark-reports.ts';
import { describeEvents } from './event-reports.ts';
import { analyseMetrics } from './metric-analysis.ts';
import { describeData } from './notes.ts';
import type { NamedValue, PerformanceReport, ReportRecommendation } from './report.ts';
import type { ReportInput } from './report-input.ts';
import { summarise } from './summary.ts';
import { findTrends } from './trend-reports.ts';
import { counted, periodBefore, roughly } from './words.ts';

/* Chapters that can still be read: the first ones are the gravest. */
const MAX_TRENDS = 20;
const MAX_ANOMALIES = 30;
const MAX_RECOMMENDATIONS = 30;
const MAX_BENCHMARKS = 50;
const MAX_EVENT_TYPES = 50;
const MAX_INSTANCES = 100;
const MAX_USAGE = 50;

/**
 * Makes a report of what was recorded. Pure: the same input gives the same report, to the byte. Among all metrics at
 * once, what it calls a change or a trend is chance in one case of twenty at most (Benjamini and Hochberg).
 */
export function buildReport(input: ReportInput): PerformanceReport {
  const { current } = input;
  const length = current.range.to - current.range.from;
  const previous = input.previous && hasRecords(input.previous) ? input.previous : undefined;
  const before = periodBefore(length);
  const metrics = analyseMetrics(current, previous, input.baselines ?? {}, before);
  const trends = findTrends(metrics);
  const { anomalies, recurring } = findAnomalies(metrics);
  const benchmarks = describeBenchmarks(current, previous, before);
  const events = describeEvents(current, previous);
  const findings: Findings = { current, previous, metrics, trends, anomalies, benchmarks, events, before };
  const recommendations = sortAdvice([
    ...readHostAdvice(input.recommendations ?? []),
    ...ownAdvice(findings),
  ]);
  const areas = describeAreas(metrics);
  const usage = input.resourceUsage?.filter(({ value }) => Number.isFinite(value));
  const eventCount = events.reduce((sum, { count }) => sum + count, 0);
  const notes = describeData({
    current,
    previous,
    metrics,
    recurring,
    leftOut: [
      ...areas.leftOut,
      ...beyond(trends.length, MAX_TRENDS, 'trend'),
      ...beyond(anomalies.length, MAX_ANOMALIES, 'anomaly', 'anomalies'),
      ...beyond(recommendations.length, MAX_RECOMMENDATIONS, 'recommendation'),
      ...beyond(benchmarks.length, MAX_BENCHMARKS, 'benchmark'),
      ...beyond(events.length, MAX_EVENT_TYPES, 'type of event', 'types of events'),
      ...beyond(current.instances.length, MAX_INSTANCES, 'instance'),
      ...beyond(usage?.length ?? 0, MAX_USAGE, 'figure of usage', 'figures of usage'),
    ],
  });
  return {
    version: 1,
    title: input.title ?? 'Performance report',
    timeRange: { ...current.range, label: input.label ?? roughly(length) },
    ...(previous ? { previousRange: { ...previous.range, label: before } } : {}),
    instances: current.instances.slice(0, MAX_INSTANCES),
    summary: summarise({
      metrics,
      trends,
      anomalies,
      benchmarks,
      recommendations,
      eventCount,
      lost: current.lost,
    }),
    detailed: areas.detailed,
    recommendations: recommendations.slice(0, MAX_RECOMMENDATIONS),
    trends: trends.slice(0, MAX_TRENDS).map(({ report }) => report),
    anomalies: anomalies.slice(0, MAX_ANOMALIES),
    benchmarks: benchmarks.slice(0, MAX_BENCHMARKS),
    events: events.slice(0, MAX_EVENT_TYPES),
    ...(usage ? { resourceUsage: usage.slice(0, MAX_USAGE).map(roundedValue) } : {}),
    notes: [...(input.notes ?? []), ...notes],
  };
}

function ownAdvice(findings: Findings): ReportRecommendation[] {
  return [
    ...targetAdvice(findings),
    ...forecastAdvice(findings),
    ...worseAdvice(findings),
    ...benchmarkAdvice(findings),
    ...eventAdvice(findings),
    ...lossAdvice(findings),
  ];
}

function hasRecords({ series, events, benchmarks }: HistorySlice): boolean {
  return series.length + events.length + benchmarks.length > 0;
}

function roundedValue({ name, value, unit, verdict }: NamedValue): NamedValue {
  return { name, value: rounded(value), unit, verdict };
}

function beyond(count: number, most: number, one: string, many?: string): string[] {
  return count > most ? [counted(count - most, one, many)] : [];
}
