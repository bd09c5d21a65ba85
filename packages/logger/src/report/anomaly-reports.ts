import { type Excursion, findExcursions } from './analysis/anomalies.ts';
import { rounded } from './analysis/rounded.ts';
import type { MetricAnalysis } from './metric-analysis.ts';
import type { ReportAnomaly } from './report.ts';
import { atTime, figure, roughly, shortName } from './words.ts';

export interface FoundAnomalies {
  /** The gravest first, and of these the farthest out. */
  readonly anomalies: readonly ReportAnomaly[];
  /** Series that leave their usual range too often for it to be out of the ordinary. */
  readonly recurring: readonly string[];
}

const SEVERITY_RANK = { critical: 0, warning: 1, info: 2 } as const;

export function findAnomalies(metrics: readonly MetricAnalysis[]): FoundAnomalies {
  const looks = metrics.reduce((sum, { series }) => sum + series.steps.length, 0);
  const recurring: string[] = [];
  const found = metrics.flatMap((metric) => {
    const excursions = findExcursions(metric.series, looks);
    if (excursions.recurring > 0) recurring.push(metric.report.name);
    return excursions.found.map((excursion) => ({
      score: excursion.score,
      anomaly: describe(metric, excursion),
    }));
  });
  return {
    recurring,
    anomalies: found
      .sort(
        (a, b) => SEVERITY_RANK[a.anomaly.severity] - SEVERITY_RANK[b.anomaly.severity] || b.score - a.score,
      )
      .map(({ anomaly }) => anomaly),
  };
}

function describe(metric: MetricAnalysis, { from, to, value, isAbove, expected }: Excursion): ReportAnomaly {
  const { name, area, unit } = metric.series.definition;
  const [low, high] = [rounded(expected[0]), rounded(expected[1])];
  const usual = low === high ? `usually ${figure(low, unit)}` : `usually ${low} to ${figure(high, unit)}`;
  return {
    metric: name,
    area,
    unit,
    severity: severityOf(metric, value, isAbove),
    from: Math.round(from),
    to: Math.round(to),
    value: rounded(value),
    expected: [low, high],
    message:
      `${shortName(name)} was ${isAbove ? 'up' : 'down'} to ${figure(value, unit)} for ` +
      `${roughly(to - from)} from ${atTime(from)}, ${usual}.`,
  };
}

/** Critical where it misses the target, a warning where it goes the wrong way. */
function severityOf({ series }: MetricAnalysis, value: number, isAbove: boolean): ReportAnomaly['severity'] {
  const { better, target } = series.definition;
  if (better === undefined || isAbove === (better === 'higher')) return 'info';
  if (target === undefined) return 'warning';
  return (better === 'lower' ? value > target : value < target) ? 'critical' : 'warning';
}
