import type { QuantileSketch } from '@evenkeel/core/statistics';
import type { Bucket, HistorySlice, SeriesHistory } from '../../history/history.ts';
import { AREAS, type MetricDefinition } from '../../log-record.ts';

/** A series as the analyses take it: steps that hold finite values, ascending in time. */
export interface SeriesValues {
  readonly definition: MetricDefinition;
  readonly stepMs: number;
  readonly steps: readonly Bucket[];
  /** Of each step. */
  readonly means: Float64Array;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly sketch: QuantileSketch;
}

/**
 * The series of a slice that have values.
 *
 * @param stepMs merges steps to this length, where it is a longer one: what is compared has to be measured alike
 */
export function readSeries(slice: HistorySlice, stepMs = slice.stepMs): SeriesValues[] {
  return slice.series.flatMap((series) => readOne(series, slice.stepMs, Math.max(stepMs, slice.stepMs)));
}

function readOne(series: SeriesHistory, ownStepMs: number, stepMs: number): SeriesValues[] {
  const usable = series.buckets.filter(isUsable).sort((a, b) => a.time - b.time);
  const steps = stepMs > ownStepMs ? mergeSteps(usable, stepMs) : usable;
  const [first] = steps;
  if (!first) return [];
  const means = Float64Array.from(steps, meanOf);
  let count = 0;
  let { min, max } = first;
  for (const step of steps) {
    count += step.count;
    min = Math.min(min, step.min);
    max = Math.max(max, step.max);
  }
  const mean = steps.reduce((sum, step, index) => sum + (means[index] ?? 0) * (step.count / count), 0);
  const { definition, sketch } = series;
  return [
    {
      // A file or another version may know other areas.
      definition: AREAS.includes(definition.area) ? definition : { ...definition, area: 'application' },
      stepMs,
      steps,
      means,
      count,
      mean: Math.min(max, Math.max(min, mean)),
      min,
      max,
      sketch,
    },
  ];
}

function isUsable({ time, count, min, max }: Bucket): boolean {
  return count > 0 && Number.isFinite(time) && Number.isFinite(min) && Number.isFinite(max) && min <= max;
}

function meanOf({ count, sum, min, max }: Bucket): number {
  const mean = sum / count;
  // A sum of huge values overflows, and a sum of floats may round past the extremes.
  return Number.isFinite(mean) ? Math.min(max, Math.max(min, mean)) : min / 2 + max / 2;
}

/** Merges neighbours into steps of a length. */
function mergeSteps(buckets: readonly Bucket[], stepMs: number): Bucket[] {
  const merged: Bucket[] = [];
  for (const bucket of buckets) {
    const time = Math.floor(bucket.time / stepMs) * stepMs;
    const last = merged.at(-1);
    if (last?.time === time) {
      merged[merged.length - 1] = {
        time,
        count: last.count + bucket.count,
        sum: last.sum + bucket.sum,
        min: Math.min(last.min, bucket.min),
        max: Math.max(last.max, bucket.max),
      };
    } else {
      merged.push({ ...bucket, time });
    }
  }
  return merged;
}
