import type { MetricAnalysis } from '../metric-analysis.ts';
import type { Comparison, ReportRecommendation } from '../report.ts';
import { counted, figure, shortName } from '../words.ts';
import { adviceId, type Findings } from './advice.ts';

/* From here on a warning is on its way to critical. */
const HALF_MISSED = 0.5;
/* A metric that is half as bad again. */
const LARGE_CHANGE = 0.5;

/** Advice on metrics that miss their target. */
export function targetAdvice(findings: Findings): ReportRecommendation[] {
  return findings.metrics.flatMap((metric) => {
    const { report, series, missed } = metric;
    if (!(missed > 0) || report.reason === undefined) return [];
    const isCritical = report.verdict === 'critical';
    return [
      {
        id: adviceId('target', report.name),
        priority: isCritical ? 'critical' : missed >= HALF_MISSED ? 'high' : 'medium',
        area: series.definition.area,
        message: `Bring ${shortName(report.name)} back to its target: ${report.reason}.`,
        evidence: evidenceOf(metric, findings),
      },
    ];
  });
}

/** Advice on metrics that got worse, while they reach their target or have none. */
export function worseAdvice(findings: Findings): ReportRecommendation[] {
  return findings.metrics.flatMap((metric) => {
    const { report, series, missed } = metric;
    const comparison = [report.baseline, report.previous].find((each) => each?.judgement === 'worse');
    if (missed > 0 || !comparison) return [];
    return [
      {
        id: adviceId('worse', report.name),
        priority: isLarge(comparison) ? 'high' : 'medium',
        area: series.definition.area,
        message: `Find out what has made ${shortName(report.name)} worse: ${comparison.message}`,
        evidence: evidenceOf(metric, findings),
      },
    ];
  });
}

function isLarge({ change }: Comparison): boolean {
  return change === undefined || Math.abs(change) >= LARGE_CHANGE;
}

/** What the data say of a metric, each a sentence with the numbers. */
export function evidenceOf({ report }: MetricAnalysis, { trends, anomalies }: Findings): string[] {
  const { name, unit, count } = report;
  return [
    `${counted(count, 'value')}: mean ${figure(report.mean, unit)}, median ${figure(report.p50, unit)}, ` +
      `p95 ${figure(report.p95, unit)}, p99 ${figure(report.p99, unit)}, maximum ${figure(report.max, unit)}.`,
    ...[report.previous, report.baseline].flatMap((each) => (each && isTold(each) ? [each.message] : [])),
    ...trends
      .filter((trend) => trend.report.metric === name)
      .map(({ report: { message, interval } }) => {
        const [low, high] = interval;
        return `${message} 95 % interval: ${figure(low, unit)} to ${figure(high, unit)} an hour.`;
      }),
    ...anomalies.filter((anomaly) => anomaly.metric === name).map((anomaly) => anomaly.message),
  ];
}

function isTold({ judgement }: Comparison): boolean {
  return judgement !== 'unclear';
}
