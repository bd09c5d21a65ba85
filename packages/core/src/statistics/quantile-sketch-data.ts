import { ConfigurationError } from '../errors/index.ts';
import { option, readOptions } from '../options/index.ts';
import type { LogBuckets } from './log-buckets.ts';

/** A quantile sketch as plain JSON: small, and the same on every platform. */
export interface QuantileSketchData {
  readonly relativeError: number;
  /** Absent when the sum overflowed. */
  readonly sum?: number | undefined;
  /** Absent when the sketch is empty. */
  readonly min?: number | undefined;
  /** Absent when the sketch is empty. */
  readonly max?: number | undefined;
  readonly zeros: number;
  readonly ignored: number;
  /** Of positive and of negative values. */
  readonly collapsed: readonly number[];
  /** The index of the lowest bucket and the counts from there up, where -n stands for n empty buckets. */
  readonly positive: readonly number[];
  /** The same of the magnitudes of negative values. */
  readonly negative: readonly number[];
}

const OWNER = 'QuantileSketch.fromJSON';

/** Checks what came from outside, field by field. */
export function readSketchData(data: unknown): QuantileSketchData {
  if (data === undefined || data === null) {
    throw new ConfigurationError(OWNER, [{ path: 'data', value: data, expected: 'what toJSON() returned' }]);
  }
  const count = option.integer({ min: 0 });
  return readOptions<QuantileSketchData>(OWNER, data, {
    relativeError: option.number({ min: 0.001, max: 0.1 }),
    sum: option.number().optional(),
    min: option.number().optional(),
    max: option.number().optional(),
    zeros: count,
    ignored: count,
    collapsed: option.listOf(count),
    positive: option.listOf(option.integer()),
    negative: option.listOf(option.integer()),
  });
}

export function inconsistent(path: string, value: unknown, expected: string): ConfigurationError {
  return new ConfigurationError(OWNER, [{ path, value, expected }]);
}

export function encodeBuckets(buckets: LogBuckets): number[] {
  if (buckets.last < buckets.first) return [];
  const encoded = [buckets.first];
  let gap = 0;
  for (let index = buckets.first; index <= buckets.last; index++) {
    const count = buckets.countAt(index);
    if (count === 0) {
      gap += 1;
      continue;
    }
    if (gap > 0) encoded.push(-gap);
    gap = 0;
    encoded.push(count);
  }
  return encoded;
}

/** Fills empty buckets with what `encodeBuckets` made of others. */
export function decodeBuckets(
  path: 'positive' | 'negative',
  encoded: readonly number[],
  collapsed: number,
  buckets: LogBuckets,
): void {
  const [first, ...counts] = encoded;
  if (first === undefined) return;
  const entries: [index: number, count: number][] = [];
  let index = first;
  for (const count of counts) {
    if (count > 0) entries.push([index, count]);
    index += count > 0 ? 1 : -count;
  }
  const parts = 2 ** buckets.precision;
  const isWithinFloats = first >= parts && index <= 2047 * parts;
  const endsInCounts = [counts[0], counts.at(-1)].every((count) => count !== undefined && count > 0);
  if (!isWithinFloats || !endsInCounts || counts.includes(0) || index - first > buckets.capacity) {
    throw inconsistent(path, encoded, 'the index of a bucket and counts from there on');
  }
  for (const [at, count] of entries) buckets.add(at, count);
  const isFull = index - first === buckets.capacity;
  if (collapsed > (isFull ? buckets.countAt(first) : 0)) {
    throw inconsistent('collapsed', collapsed, 'no more than the lowest count of a sketch used to its end');
  }
  buckets.collapsed = collapsed;
}
