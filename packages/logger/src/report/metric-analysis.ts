import type { HistorySlice } from '../history/history.ts';
import { compare, type Difference, judge, type Sample } from './analysis/compare.ts';
import { significanceLimit } from './analysis/false-discovery.ts';
import { rounded } from './analysis/rounded.ts';
import { readSeries, type SeriesValues } from './analysis/series-values.ts';
import type { MetricReport } from './report.ts';
import type { Baselines } from './report-input.ts';
import { judgeMetric } from './verdicts.ts';

/** A metric of the report with what it was made of. */
export interface MetricAnalysis {
  /** Without the points of its chart, which only those that are shown need. */
  readonly report: Omit<MetricReport, 'points'>;
  readonly series: SeriesValues;
  /** How far the target is missed; see `judgeMetric`. */
  readonly missed: number;
}

/** Judges every series against its target, the period before and the baseline. */
export function analyseMetrics(
  current: HistorySlice,
  previous: HistorySlice | undefined,
  baselines: Baselines,
  before: string,
): MetricAnalysis[] {
  // Older steps may be kept coarser: what is compared has to be measured alike.
  const stepMs = Math.max(current.stepMs, previous?.stepMs ?? 0);
  const alike = stepMs > current.stepMs ? byName(readSeries(current, stepMs)) : undefined;
  const earlier = previous ? byName(readSeries(previous, stepMs)) : undefined;
  const compared = readSeries(current).map((series) => {
    const { name } = series.definition;
    const former = earlier?.get(name);
    const baseline = Object.hasOwn(baselines, name) ? baselines[name] : undefined;
    return {
      series,
      previous: former && compare(sampleOf(alike?.get(name) ?? series), sampleOf(former)),
      baseline: baseline && compare(sampleOf(series), { mean: baseline.mean, values: baseline.values ?? [] }),
    };
  });
  const limitOf = (kind: 'previous' | 'baseline'): number =>
    significanceLimit(compared.map((each) => each[kind]?.pValue ?? Number.NaN));
  const [previousLimit, baselineLimit] = [limitOf('previous'), limitOf('baseline')];
  return compared.map(({ series, previous: difference, baseline }) =>
    metricOf(series, [difference, previousLimit, before], [baseline, baselineLimit, 'the baseline']),
  );
}

type Compared = readonly [difference: Difference | undefined, limit: number, reference: string];

function metricOf(series: SeriesValues, previous: Compared, baseline: Compared): MetricAnalysis {
  const { definition, count } = series;
  const judged = ([difference, limit, reference]: Compared) =>
    difference && judge(difference, limit, definition.better, reference);
  const against = { previous: judged(previous), baseline: judged(baseline) };
  const [p50, p95, p99] = [quantileOf(series, 0.5), quantileOf(series, 0.95), quantileOf(series, 0.99)];
  const { verdict, reason, missed } = judgeMetric({ definition, count, p50, p95, ...against });
  const { target, better } = definition;
  return {
    series,
    missed,
    report: {
      name: definition.name,
      unit: definition.unit,
      description: definition.description,
      ...(better === undefined ? {} : { better }),
      count,
      mean: rounded(series.mean),
      min: rounded(series.min),
      max: rounded(series.max),
      p50: rounded(p50),
      p95: rounded(p95),
      p99: rounded(p99),
      verdict,
      ...(reason === undefined ? {} : { reason }),
      ...(target === undefined || !Number.isFinite(target) ? {} : { target: target + 0 }),
      ...(against.previous === undefined ? {} : { previous: against.previous }),
      ...(against.baseline === undefined ? {} : { baseline: against.baseline }),
    },
  };
}

function sampleOf({ mean, means }: SeriesValues): Sample {
  return { mean, values: means };
}

function byName(series: readonly SeriesValues[]): ReadonlyMap<string, SeriesValues> {
  return new Map(series.map((each) => [each.definition.name, each]));
}

/** Within the extremes, as those are exact and the sketch is not; the mean stands in for a sketch that is empty. */
function quantileOf({ sketch, min, max, mean }: SeriesValues, q: number): number {
  const value = sketch.quantile(q);
  return Number.isNaN(value) ? mean : Math.min(max, Math.max(min, value));
}
