import { ConfigurationError } from '../errors/index.ts';
import { option, readValue } from '../options/index.ts';

/** Samples in columns: `values[i]` was measured at `times[i]`, in ms since 1970. */
export interface SeriesSlice {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/* The first sample and the last one. */
const FEWEST_POINTS = 2;

/**
 * Picks at most `points` samples that show the course of all, for a chart: the first, the last, and from each
 * bucket between them the one that spans the largest triangle with the sample picked before it and the mean
 * of the next bucket. With `points` no less than the samples it returns a copy of all.
 *
 * Values that are not finite are gaps: they count for no mean and are picked only from buckets that hold
 * nothing else. So a gap stays visible if it is two buckets (2 × samples ÷ points) long, and may close if shorter.
 *
 * Source: S. Steinarsson, Downsampling Time Series for Visual Representation, University of Iceland 2013, §4.2.
 *
 * @param times of the samples, in ascending order
 * @throws ConfigurationError unless `points` is an integer of at least 2 and there is a value for each time
 */
export function lttb(times: ArrayLike<number>, values: ArrayLike<number>, points: number): SeriesSlice {
  readValue('lttb', 'points', points, option.integer({ min: FEWEST_POINTS }));
  const length = times.length;
  if (values.length !== length) {
    throw new ConfigurationError('lttb', [
      { path: 'values.length', value: values.length, expected: `the length of times, ${length}` },
    ]);
  }
  if (points >= length) return { times: Float64Array.from(times), values: Float64Array.from(values) };

  const picked = { times: new Float64Array(points), values: new Float64Array(points) };
  const buckets = points - FEWEST_POINTS;
  // Bucket `i` is [bound(i), bound(i + 1)); the last sample is a bucket of its own.
  const bound = (bucket: number): number => 1 + Math.floor((bucket * (length - FEWEST_POINTS)) / buckets);
  let time = times[0] ?? Number.NaN;
  let value = values[0] ?? Number.NaN;
  picked.times[0] = time;
  picked.values[0] = value;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = bound(bucket);
    const to = bound(bucket + 1);
    const nextTo = bucket + 1 === buckets ? length : bound(bucket + 2);
    const next = mean(times, values, to, nextTo, time);
    const index = farthest(times, values, from, to, { time, value }, next);
    time = times[index] ?? Number.NaN;
    value = values[index] ?? Number.NaN;
    picked.times[bucket + 1] = time;
    picked.values[bucket + 1] = value;
  }
  picked.times[points - 1] = times[length - 1] ?? Number.NaN;
  picked.values[points - 1] = values[length - 1] ?? Number.NaN;
  return picked;
}

interface Mean {
  /** Relative to `originMs`: sums of times since 1970 would lose their milliseconds. */
  readonly sinceOriginMs: number;
  /** NaN where there is no finite value. */
  readonly value: number;
}

function mean(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  from: number,
  to: number,
  originMs: number,
): Mean {
  let timeSum = 0;
  let valueSum = 0;
  let count = 0;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    timeSum += (times[index] ?? Number.NaN) - originMs;
    valueSum += value;
    count += 1;
  }
  return { sinceOriginMs: timeSum / count, value: valueSum / count };
}

/** Index in [from, to) of the value that spans the largest triangle; `from` where there is no finite value. */
function farthest(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  from: number,
  to: number,
  before: { readonly time: number; readonly value: number },
  next: Mean,
): number {
  let largest = -1;
  let found = from;
  let base = before.value;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    // After a gap the line begins anew, at the bucket's first value.
    if (!Number.isFinite(base)) base = value;
    const area = Number.isFinite(next.value)
      ? Math.abs(
          next.sinceOriginMs * (value - base) -
            ((times[index] ?? Number.NaN) - before.time) * (next.value - base),
        )
      : Math.abs(value - base);
    if (area > largest) {
      largest = area;
      found = index;
    }
  }
  return found;
}
