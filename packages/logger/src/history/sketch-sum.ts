import { QuantileSketch } from '@evenkeel/core/statistics';
import { boundedSum, RELATIVE_ERROR } from './cell.ts';
import { type SketchBuckets, sketchOf, unpackSketch } from './packed-sketch.ts';

/* The widest span of a sketch of 1 %: 64 powers of two of 64 buckets each. */
const MAX_SPAN = 4096;

/**
 * Merges many packed sketches into one. Counts are added up by bucket and made a sketch at the end, which is many times
 * as fast as a sketch for each of them; only what spans more than a sketch does is merged by sketches.
 */
export class SketchSum {
  #positive = new BucketCounts();
  #negative = new BucketCounts();
  #zeros = 0;
  #ignored = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #merged: QuantileSketch | undefined;

  /** @param extremes of the values in the sketch, and their sum */
  add(
    packed: Uint8Array,
    extremes: { readonly sum: number; readonly min: number; readonly max: number },
  ): void {
    const buckets = unpackSketch(packed);
    if (buckets.collapsed.some((count) => count > 0)) {
      this.addSketch(sketchOf(buckets, extremes));
      return;
    }
    const fits = this.#positive.takes(buckets.positive) && this.#negative.takes(buckets.negative);
    if (!fits) this.#mergeCounts();
    this.#positive.add(buckets.positive);
    this.#negative.add(buckets.negative);
    this.#zeros += buckets.zeros;
    this.#ignored += buckets.ignored;
    this.#sum = boundedSum(this.#sum + extremes.sum);
    this.#min = Math.min(this.#min, extremes.min);
    this.#max = Math.max(this.#max, extremes.max);
  }

  addSketch(sketch: QuantileSketch): void {
    this.#merged ??= new QuantileSketch({ relativeError: RELATIVE_ERROR });
    this.#merged.merge(sketch);
  }

  toSketch(): QuantileSketch {
    const sketch = sketchOf(this.#buckets(), { sum: this.#sum, min: this.#min, max: this.#max });
    if (this.#merged !== undefined) sketch.merge(this.#merged);
    return sketch;
  }

  #mergeCounts(): void {
    this.addSketch(sketchOf(this.#buckets(), { sum: this.#sum, min: this.#min, max: this.#max }));
    this.#positive = new BucketCounts();
    this.#negative = new BucketCounts();
    this.#zeros = 0;
    this.#ignored = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #buckets(): SketchBuckets {
    return {
      zeros: this.#zeros,
      ignored: this.#ignored,
      collapsed: [0, 0],
      positive: this.#positive.encoded(),
      negative: this.#negative.encoded(),
    };
  }
}

/** Counts by bucket, in and out as sketches encode them: the first index, then counts, -n for n empty buckets. */
class BucketCounts {
  readonly #counts = new Map<number, number>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** Whether with these it would still be as narrow as a sketch is. */
  takes(encoded: readonly number[]): boolean {
    const [first] = encoded;
    if (first === undefined) return true;
    let last = first - 1;
    for (let at = 1; at < encoded.length; at++) last += stepOf(encoded[at] ?? 0);
    return Math.max(last, this.#last) - Math.min(first, this.#first) < MAX_SPAN;
  }

  add(encoded: readonly number[]): void {
    let [index] = encoded;
    if (index === undefined) return;
    this.#first = Math.min(this.#first, index);
    for (let at = 1; at < encoded.length; at++) {
      const count = encoded[at] ?? 0;
      if (count > 0) this.#counts.set(index, (this.#counts.get(index) ?? 0) + count);
      index += stepOf(count);
    }
    this.#last = Math.max(this.#last, index - 1);
  }

  encoded(): number[] {
    const encoded: number[] = [];
    let next: number | undefined;
    for (const [index, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      if (next === undefined) encoded.push(index);
      else if (index > next) encoded.push(next - index);
      encoded.push(count);
      next = index + 1;
    }
    return encoded;
  }
}

function stepOf(count: number): number {
  return count < 0 ? -count : 1;
}
