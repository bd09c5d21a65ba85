import { significanceLimit } from './analysis/false-discovery.ts';
import { rounded } from './analysis/rounded.ts';
import { findTrend, type TrendLine } from './analysis/trend.ts';
import type { MetricAnalysis } from './metric-analysis.ts';
import type { ReportTrend } from './report.ts';
import { figure, roughly, shortName } from './words.ts';

/** A trend of the report with its metric. */
export interface FoundTrend {
  readonly report: ReportTrend;
  readonly line: TrendLine;
  readonly metric: MetricAnalysis;
}

/** The trends beyond chance, over all series that are looked at; the surest first. */
export function findTrends(metrics: readonly MetricAnalysis[]): FoundTrend[] {
  const tested = metrics.map((metric) => ({ metric, test: findTrend(metric.series) }));
  const limit = significanceLimit(tested.map(({ test }) => test.pValue));
  return tested
    .flatMap(({ metric, test: { pValue, line } }) =>
      line && pValue <= limit ? [{ metric, line, pValue, report: describe(metric, line, pValue) }] : [],
    )
    .sort((a, b) => a.pValue - b.pValue || (a.report.metric < b.report.metric ? -1 : 1))
    .map(({ metric, line, report }) => ({ metric, line, report }));
}

function describe({ series }: MetricAnalysis, line: TrendLine, pValue: number): ReportTrend {
  const { name, area, unit, better } = series.definition;
  const isRising = line.slope > 0;
  const first = series.steps[0]?.time ?? 0;
  const last = series.steps.at(-1)?.time ?? 0;
  return {
    metric: name,
    area,
    unit,
    direction: isRising ? 'rising' : 'falling',
    judgement: better === undefined ? 'neutral' : isRising === (better === 'higher') ? 'better' : 'worse',
    slopePerHour: rounded(line.slope),
    interval: [rounded(line.interval[0]), rounded(line.interval[1])],
    confidence: rounded(1 - pValue),
    message:
      `${shortName(name)} ${isRising ? 'rises' : 'falls'} by ${figure(Math.abs(line.slope), unit)} an hour: ` +
      `${figure(Math.abs(line.total), unit)} over ${roughly(last - first + series.stepMs)}.`,
  };
}
