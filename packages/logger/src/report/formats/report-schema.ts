import { type Field, option, readValue } from '@evenkeel/core';
import { AREAS, type Area } from '../../log-record.ts';
import type {
  AreaReport,
  BenchmarkReport,
  Comparison,
  EventReport,
  MetricReport,
  NamedValue,
  PerformanceReport,
  ReportAnomaly,
  ReportPoint,
  ReportRange,
  ReportRecommendation,
  ReportSummary,
  ReportTrend,
} from '../report.ts';

/**
 * The value as a report, where it is one in every part.
 *
 * @throws ConfigurationError that names each fault with its path
 */
export function checkReport(owner: string, value: unknown): PerformanceReport {
  readValue(owner, 'report', value, REPORT);
  // Every field has just been looked at; what the reading gives would have `undefined` where a field is absent.
  return value as PerformanceReport;
}

/** A rule for each field that the type has: one that is added there is missed here by the compiler. */
function rules<T extends object>(fields: { readonly [Name in keyof T]-?: Field<unknown> }): Field<unknown> {
  return option.object<Record<string, unknown>>({ ...fields });
}

const text = new option.Field('a string', (given, path, issues) => {
  if (typeof given !== 'string') issues.push({ path, value: given, expected: 'a string' });
  return given;
});
const value = option.number();
const count = option.integer({ min: 0 });
const time = option.integer();
const verdict = option.oneOf(['good', 'warning', 'critical', 'unknown']);
const area = option.oneOf(AREAS);
const interval = new option.Field('a list of two numbers', (given, path, issues) => {
  const isInterval = Array.isArray(given) && given.length === 2 && given.every(Number.isFinite);
  if (!isInterval) issues.push({ path, value: given, expected: 'a list of two numbers' });
  return given;
});

const range = rules<ReportRange>({ from: time, to: time, label: text });

const namedValue = rules<NamedValue>({ name: text, value, unit: text, verdict });

const summary = rules<ReportSummary>({
  verdict,
  headline: text,
  sentences: option.listOf(text),
  keyFigures: option.listOf(namedValue),
});

const comparison = rules<Comparison>({
  mean: value,
  change: value.optional(),
  interval: interval.optional(),
  judgement: option.oneOf(['better', 'worse', 'changed', 'same', 'unclear']),
  message: text,
});

const point = rules<ReportPoint>({ time, mean: value, min: value, max: value });

const metric = rules<MetricReport>({
  name: text,
  unit: text,
  description: text,
  better: option.oneOf(['lower', 'higher']).optional(),
  count,
  mean: value,
  min: value,
  max: value,
  p50: value,
  p95: value,
  p99: value,
  verdict,
  reason: text.optional(),
  target: value.optional(),
  previous: comparison.optional(),
  baseline: comparison.optional(),
  points: option.listOf(point),
});

function areaReport(name: Area): Field<unknown> {
  return rules<AreaReport>({
    area: option.oneOf([name]),
    title: text,
    verdict,
    summary: text,
    metrics: option.listOf(metric),
  });
}

const recommendation = rules<ReportRecommendation>({
  id: text,
  priority: option.oneOf(['low', 'medium', 'high', 'critical']),
  area: area.optional(),
  message: text,
  evidence: option.listOf(text),
});

const trend = rules<ReportTrend>({
  metric: text,
  area,
  unit: text,
  direction: option.oneOf(['rising', 'falling']),
  judgement: option.oneOf(['better', 'worse', 'neutral']),
  slopePerHour: value,
  interval,
  confidence: option.number({ min: 0, max: 1 }),
  message: text,
});

const anomaly = rules<ReportAnomaly>({
  metric: text,
  area,
  unit: text,
  severity: option.oneOf(['info', 'warning', 'critical']),
  from: time,
  to: time,
  value,
  expected: interval,
  message: text,
});

const measurement = rules<BenchmarkReport['measurements'][number]>({
  label: text,
  runs: count,
  medianDeltaMs: value,
});

const benchmark = rules<BenchmarkReport>({
  id: text,
  runs: count,
  meanMs: value,
  medianMs: value,
  minMs: value,
  maxMs: value,
  p95Ms: value,
  standardDeviationMs: value.optional(),
  interval: interval.optional(),
  measurements: option.listOf(measurement),
  previous: comparison.optional(),
});

const sample = rules<EventReport['samples'][number]>({ time, data: text });

const event = rules<EventReport>({
  type: text,
  count,
  previousCount: count.optional(),
  samples: option.listOf(sample),
});

const REPORT = rules<PerformanceReport>({
  version: option.oneOf([1]),
  title: text,
  timeRange: range,
  previousRange: range.optional(),
  instances: option.listOf(text),
  summary,
  detailed: option.object(
    Object.fromEntries(AREAS.map((name) => [name, areaReport(name).optional()])) as Record<
      Area,
      Field<unknown>
    >,
  ),
  recommendations: option.listOf(recommendation),
  trends: option.listOf(trend),
  anomalies: option.listOf(anomaly),
  benchmarks: option.listOf(benchmark),
  events: option.listOf(event),
  resourceUsage: option.listOf(namedValue).optional(),
  notes: option.listOf(text),
});
