import { median, quantileOfSorted, RunningStatistics } from '@evenkeel/core/statistics';
import type { BenchmarkHistory, HistorySlice } from '../history/history.ts';
import type { BenchmarkRecord } from '../log-record.ts';
import { compare, type Difference, judge } from './analysis/compare.ts';
import { significanceLimit } from './analysis/false-discovery.ts';
import { rounded } from './analysis/rounded.ts';
import type { BenchmarkReport } from './report.ts';

/* Below, no pair of runs brackets the median with 95 % confidence. */
const FEWEST_FOR_INTERVAL = 6;
/* Half the width of a 95 % interval, in standard deviations. */
const NORMAL_REACH = 1.959964;
/* More labels than a table of a report shows. */
const MAX_LABELS = 50;

/** Those that got slower first, then by name. */
export function describeBenchmarks(
  current: HistorySlice,
  previous: HistorySlice | undefined,
  before: string,
): BenchmarkReport[] {
  const former = new Map(previous?.benchmarks.map((each) => [each.id, durationsOf(each)]));
  const compared = current.benchmarks.flatMap((history) => {
    const durations = durationsOf(history);
    if (durations.length === 0) return [];
    const earlier = former.get(history.id);
    const difference =
      earlier && earlier.length > 0
        ? compare({ mean: meanOf(durations), values: durations }, { mean: meanOf(earlier), values: earlier })
        : undefined;
    return [{ history, durations, difference }];
  });
  const limit = significanceLimit(compared.map(({ difference }) => difference?.pValue ?? Number.NaN));
  return compared
    .map(({ history, durations, difference }) => describe(history, durations, difference, limit, before))
    .sort((a, b) => Number(isWorse(b)) - Number(isWorse(a)) || (a.id < b.id ? -1 : 1));
}

function isWorse({ previous }: BenchmarkReport): boolean {
  return previous?.judgement === 'worse';
}

function durationsOf({ runs }: BenchmarkHistory): number[] {
  return runs.map(({ durationMs }) => durationMs).filter(Number.isFinite);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

function describe(
  { id, count, runs }: BenchmarkHistory,
  durations: readonly number[],
  difference: Difference | undefined,
  limit: number,
  before: string,
): BenchmarkReport {
  const statistics = new RunningStatistics();
  for (const each of durations) statistics.add(each);
  const sorted = Float64Array.from(durations).sort();
  const interval = medianInterval(sorted);
  const { min, max, standardDeviation } = statistics;
  return {
    id,
    runs: Math.max(count, durations.length),
    meanMs: rounded(Math.min(max, Math.max(min, meanOf(durations)))),
    medianMs: rounded(quantileOfSorted(sorted, 0.5)),
    minMs: rounded(min),
    maxMs: rounded(max),
    p95Ms: rounded(quantileOfSorted(sorted, 0.95)),
    ...(Number.isFinite(standardDeviation) ? { standardDeviationMs: rounded(standardDeviation) } : {}),
    ...(interval ? { interval } : {}),
    measurements: measurementsOf(runs),
    ...(difference ? { previous: judge(difference, limit, 'lower', before) } : {}),
  };
}

/** The order statistics that hold the median in 95 % of the cases, whatever the distribution (sign test). */
function medianInterval(sorted: Float64Array): readonly [number, number] | undefined {
  const n = sorted.length;
  if (n < FEWEST_FOR_INTERVAL) return undefined;
  const below = Math.max(0, Math.floor((n - NORMAL_REACH * Math.sqrt(n)) / 2) - 1);
  return [rounded(sorted[below] ?? Number.NaN), rounded(sorted[n - 1 - below] ?? Number.NaN)];
}

function measurementsOf(runs: readonly BenchmarkRecord[]): BenchmarkReport['measurements'] {
  const byLabel = new Map<string, number[]>();
  for (const { measurements } of runs) {
    for (const { label, deltaMs } of measurements) {
      const deltas = byLabel.get(label);
      if (deltas) deltas.push(deltaMs);
      else if (byLabel.size < MAX_LABELS) byLabel.set(label, [deltaMs]);
    }
  }
  return [...byLabel].flatMap(([label, deltas]) => {
    const finite = deltas.filter(Number.isFinite);
    if (finite.length === 0) return [];
    return [{ label, runs: deltas.length, medianDeltaMs: rounded(median(finite)) }];
  });
}
