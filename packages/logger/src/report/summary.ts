import { byUrgency } from './areas.ts';
import type { MetricAnalysis } from './metric-analysis.ts';
import type {
  BenchmarkReport,
  NamedValue,
  ReportAnomaly,
  ReportRecommendation,
  ReportSummary,
  Verdict,
} from './report.ts';
import type { FoundTrend } from './trend-reports.ts';
import { worstVerdict } from './verdicts.ts';
import { asClause, counted, listed, shortName } from './words.ts';

export interface SummaryInput {
  readonly metrics: readonly MetricAnalysis[];
  readonly trends: readonly FoundTrend[];
  readonly anomalies: readonly ReportAnomaly[];
  readonly benchmarks: readonly BenchmarkReport[];
  readonly recommendations: readonly ReportRecommendation[];
  readonly eventCount: number;
  readonly lost: number;
}

const MAX_FIGURES = 6;

/** The report in plain words, the most important first. */
export function summarise(input: SummaryInput): ReportSummary {
  const metrics = input.metrics.toSorted(byUrgency);
  const verdict = verdictOf(input);
  return {
    verdict,
    headline: headline(verdict, metrics, input),
    sentences: sentences(metrics, input),
    keyFigures: keyFigures(metrics),
  };
}

function verdictOf({ metrics, benchmarks, recommendations, anomalies }: SummaryInput): Verdict {
  const isUrgent = recommendations.some(({ priority }) => priority === 'critical');
  const isNotable =
    recommendations.some(({ priority }) => priority === 'high') ||
    anomalies.some(({ severity }) => severity === 'critical') ||
    benchmarks.some(({ previous }) => previous?.judgement === 'worse');
  return worstVerdict([
    ...metrics.map(({ report }) => report.verdict),
    isUrgent ? 'critical' : isNotable ? 'warning' : 'unknown',
  ]);
}

function headline(verdict: Verdict, metrics: readonly MetricAnalysis[], input: SummaryInput): string {
  const { recommendations, benchmarks, eventCount } = input;
  const worst = metrics[0]?.report;
  if (worst?.verdict === verdict && worst.reason !== undefined) {
    if (verdict === 'critical') return `${shortName(worst.name)} is critical: ${worst.reason}.`;
    if (verdict === 'warning' && !recommendations.some(isHigh)) {
      return `${shortName(worst.name)} needs attention: ${worst.reason}.`;
    }
  }
  const [first] = recommendations;
  if (first && (verdict === 'critical' || verdict === 'warning')) return first.message;
  if (verdict === 'good') {
    return `All is well: ${counted(metrics.filter(isGood).length, 'metric')} judged, none of concern.`;
  }
  if (verdict !== 'unknown') return 'Something out of the ordinary has happened; see the anomalies.';
  if (metrics.length > 0) {
    return `${counted(metrics.length, 'metric')} recorded, without a target or enough of a past to be judged by.`;
  }
  if (benchmarks.length + eventCount === 0) return 'Nothing was recorded in this time.';
  return `${counted(eventCount, 'event')} and ${counted(benchmarks.length, 'benchmark')} recorded, and no metrics.`;
}

function isHigh({ priority }: ReportRecommendation): boolean {
  return priority === 'high' || priority === 'critical';
}

function isGood({ report }: MetricAnalysis): boolean {
  return report.verdict === 'good';
}

/** One for each kind of finding, by what it is about; nothing is said of kinds without one. */
function sentences(metrics: readonly MetricAnalysis[], input: SummaryInput): string[] {
  const { trends, anomalies, benchmarks, recommendations, lost } = input;
  const reports = metrics.map(({ report }) => report);
  const missing = metrics.filter(({ missed }) => missed > 0).map(({ report }) => report.name);
  const worse = reports.filter(({ previous, baseline }) =>
    [previous, baseline].some((each) => each?.judgement === 'worse'),
  );
  const better = reports.filter(({ previous }) => previous?.judgement === 'better');
  const slower = benchmarks.filter(({ previous }) => previous?.judgement === 'worse').map(({ id }) => id);
  const worsening = trends.filter(({ report }) => report.judgement === 'worse');
  const told: (string | undefined)[] = [
    missing.length > 0
      ? `${counted(missing.length, 'metric')} of ${reports.length} ${missing.length === 1 ? 'misses its target' : 'miss their targets'}: ${listed(missing)}.`
      : undefined,
    example(
      'got worse',
      worse.map(({ name, previous, baseline }) => [
        name,
        previous?.judgement === 'worse' ? previous.message : (baseline?.message ?? ''),
      ]),
    ),
    example(
      'got better',
      better.map(({ name, previous }) => [name, previous?.message ?? '']),
    ),
    worsening[0] && `${worsening[0].report.message.replace(/\.$/, '')}, which is the wrong way.`,
    slower.length > 0 ? `${counted(slower.length, 'benchmark')} got slower: ${listed(slower)}.` : undefined,
    anomalies[0] &&
      `${counted(anomalies.length, 'anomaly', 'anomalies')}: ${asClause(anomalies[0].message)}${anomalies.length > 1 ? ', among others' : ''}.`,
    recommendations.length > 0
      ? `${counted(recommendations.length, 'recommendation')}, of which ${recommendations.filter(isHigh).length} of high priority or above.`
      : undefined,
    lost > 0 ? `${counted(lost, 'record')} ${lost === 1 ? 'was' : 'were'} lost on the way.` : undefined,
  ];
  return told.filter((sentence) => sentence !== undefined);
}

/** `3 metrics got worse: response-time is 23 % higher than in the hour before …`. */
function example(
  what: string,
  cases: readonly (readonly [name: string, message: string])[],
): string | undefined {
  const [first] = cases;
  if (!first) return undefined;
  return `${counted(cases.length, 'metric')} ${what}, first of all ${shortName(first[0])}: ${asClause(first[1])}.`;
}

/** The number to see of a metric is the one that it is judged by. */
function keyFigures(metrics: readonly MetricAnalysis[]): NamedValue[] {
  return metrics
    .slice(0, MAX_FIGURES)
    .map(({ report: { name, unit, better, target, p95, p50, mean, verdict } }) => {
      const isTail = better === 'lower' && target !== undefined;
      const isMiddle = better === 'higher' && target !== undefined;
      const what = isTail ? 'p95' : isMiddle ? 'median' : 'mean';
      return { name: `${name} (${what})`, value: isTail ? p95 : isMiddle ? p50 : mean, unit, verdict };
    });
}
