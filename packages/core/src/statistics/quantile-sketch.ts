import { ConfigurationError } from '../errors/index.ts';
import { option, readOptions, readValue } from '../options/index.ts';
import { highBits } from './float-bits.ts';
import { LogBuckets } from './log-buckets.ts';
import {
  decodeBuckets,
  encodeBuckets,
  inconsistent,
  type QuantileSketchData,
  readSketchData,
} from './quantile-sketch-data.ts';

/* Below this a float is subnormal and its exponent says nothing; at any scale of measurement it is zero. */
const SMALLEST_MAGNITUDE = 2 ** -1022;

const NO_COUNTS = new Float64Array(0);

/** Options of {@link QuantileSketch}. */
export interface QuantileSketchOptions {
  /**
   * The largest relative error of a quantile, from 0.001 to 0.1.
   * @defaultValue 0.01
   */
  readonly relativeError?: number;
}

/**
 * Quantiles of a stream of values of any range, in bounded memory, with a bounded relative error, and mergeable
 * without loss. Count, sum, minimum and maximum are not estimated (the sum rounds as sums of floats do).
 *
 * `quantile(q)` is within `relativeError` of the value of rank ⌊q × (count - 1)⌋, counted from 0 in ascending
 * order. Buckets split each power of two evenly, their index is read off the bits of the float: the log-linear
 * variant of C. Masson, J. E. Rim and H. K. Lee, "DDSketch", PVLDB 12 (2019), with the bucketing of G. Tene's
 * HdrHistogram.
 *
 * Memory grows with the powers of two that the values span, by doubling: at 1 % error from 1 KB for two of
 * them up to 32 KB for 64, 19 decades, and as much again for negative values; in inverse proportion to the
 * error. Values further below the largest magnitude are counted in the lowest bucket and in `collapsed`.
 * Magnitudes below 2^-1022 count as zero. NaN and infinite values are left out and counted in `ignored`.
 */
export class QuantileSketch {
  /*
   * What `add` needs of the positive buckets: the counts, and which lie strictly between the first and the
   * last. They come first, where the
   * engine reaches them fastest, and begin as numbers: a field that was undefined once is handled as if it
   * could be again.
   */
  #counts: Float64Array = NO_COUNTS;
  #mask = 0;
  #inner = 0;
  #innerCount = 0;
  #shift = 0;
  #sum = 0;

  /** The largest relative error of a quantile. */
  readonly relativeError: number;
  /* Each power of two is split into `2 ** precision` buckets. */
  readonly #precision: number;
  readonly #positive: LogBuckets;
  #negative: LogBuckets | undefined = undefined;
  #zeros = 0;
  #ignored = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** @throws ConfigurationError when `relativeError` is not a number from 0.001 to 0.1 */
  constructor(options: QuantileSketchOptions = {}) {
    const { relativeError } = readOptions<Required<QuantileSketchOptions>>('QuantileSketch', options, {
      relativeError: option.number({ min: 0.001, max: 0.1 }).default(0.01),
    });
    this.relativeError = relativeError;
    // A bucket [a, b) with b - a = a / 2^precision is represented within (b - a) / (a + b).
    this.#precision = Math.ceil(Math.log2((1 - relativeError) / (2 * relativeError)));
    this.#shift = LogBuckets.shift(this.#precision);
    this.#positive = new LogBuckets(this.#precision);
    this.#counts = this.#positive.counts;
    this.#mask = this.#counts.length - 1;
  }

  /**
   * Takes a value in, `count` times.
   *
   * @throws ConfigurationError when `count` is not a positive integer
   */
  add(value: number, count = 1): void {
    const index = highBits(value) >> this.#shift;
    // One comparison says it all: a value in such a bucket is positive, finite, and neither minimum nor maximum.
    if ((index - this.#inner) >>> 0 < this.#innerCount >>> 0 && count === 1) {
      const slot = index & this.#mask;
      // The element is there by construction.
      this.#counts[slot] = (this.#counts[slot] as number) + 1;
      this.#sum += value;
    } else {
      this.#addAny(value, count);
    }
  }

  #addAny(value: number, count: number): void {
    if (count !== 1) readValue('QuantileSketch.add', 'count', count, option.integer({ min: 1 }));
    if (!Number.isFinite(value)) {
      this.#ignored += count;
      return;
    }
    this.#sum += value * count;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const magnitude = Math.abs(value);
    if (magnitude < SMALLEST_MAGNITUDE) this.#zeros += count;
    else if (value > 0) this.#changePositive((buckets) => buckets.add(buckets.indexOf(value), count));
    else this.#negativeBuckets().add(this.#positive.indexOf(magnitude), count);
  }

  #negativeBuckets(): LogBuckets {
    this.#negative ??= new LogBuckets(this.#precision);
    return this.#negative;
  }

  #changePositive(change: (buckets: LogBuckets) => void): void {
    const buckets = this.#positive;
    change(buckets);
    this.#counts = buckets.counts;
    this.#mask = buckets.counts.length - 1;
    this.#inner = buckets.first + 1;
    this.#innerCount = Math.max(0, buckets.last - buckets.first - 1);
  }

  /**
   * The `q`-quantile: the minimum at 0, the maximum at 1, never falling in between; NaN when empty. Takes time
   * in proportion to the number of buckets in use.
   *
   * @throws ConfigurationError when `q` is not a number from 0 to 1
   */
  quantile(q: number): number {
    readValue('QuantileSketch.quantile', 'q', q, option.number({ min: 0, max: 1 }));
    const count = this.count;
    if (count === 0) return Number.NaN;
    if (q === 0) return this.#min;
    if (q === 1) return this.#max;
    return Math.min(this.#max, Math.max(this.#min, this.#valueAt(Math.floor(q * (count - 1)))));
  }

  /** What stands for the bucket that holds the value of a rank, from 0. */
  #valueAt(rank: number): number {
    let passed = 0;
    const negative = this.#negative;
    if (negative !== undefined) {
      for (let index = negative.last; index >= negative.first; index--) {
        passed += negative.countAt(index);
        if (passed > rank) return -negative.valueOf(index);
      }
    }
    passed += this.#zeros;
    if (passed > rank) return 0;
    const positive = this.#positive;
    for (let index = positive.first; index < positive.last; index++) {
      passed += positive.countAt(index);
      if (passed > rank) return positive.valueOf(index);
    }
    return positive.valueOf(positive.last);
  }

  /**
   * Takes in all that another sketch has seen, as if each value had been added here; the other one stays as it
   * is. Nothing is lost, whatever the ranges.
   *
   * @throws ConfigurationError when the other one is coarser: its buckets can't be split
   */
  merge(other: QuantileSketch): void {
    if (other.#precision < this.#precision) {
      const expected = `at most ${this.relativeError}, as here`;
      throw new ConfigurationError('QuantileSketch.merge', [
        { path: 'other.relativeError', value: other.relativeError, expected },
      ]);
    }
    this.#changePositive((buckets) => buckets.merge(other.#positive));
    if (other.#negative !== undefined) this.#negativeBuckets().merge(other.#negative);
    this.#sum += other.#sum;
    this.#zeros += other.#zeros;
    this.#ignored += other.#ignored;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets everything. */
  reset(): void {
    this.#changePositive((buckets) => buckets.clear());
    this.#negative = undefined;
    this.#sum = 0;
    this.#zeros = 0;
    this.#ignored = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  /** The same as {@link reset}. */
  clear(): void {
    this.reset();
  }

  /** How many values were taken in: exact up to 2^53. Added up from the buckets when asked for. */
  get count(): number {
    return this.#positive.total() + (this.#negative?.total() ?? 0) + this.#zeros;
  }

  /** How many values were NaN or infinite and left out. */
  get ignored(): number {
    return this.#ignored;
  }

  /** How many values were too small in magnitude, beside the largest, to be told apart. */
  get collapsed(): number {
    return this.#positive.collapsed + (this.#negative?.collapsed ?? 0);
  }

  /** The sum of all values; 0 when empty. */
  get sum(): number {
    return this.#sum;
  }

  /** NaN when empty. */
  get mean(): number {
    return this.sum / this.count;
  }

  /** NaN when empty. */
  get min(): number {
    return this.#min > this.#max ? Number.NaN : this.#min;
  }

  /** NaN when empty. */
  get max(): number {
    return this.#min > this.#max ? Number.NaN : this.#max;
  }

  /** All of the sketch as plain JSON, for another process or a file. */
  toJSON(): QuantileSketchData {
    const sum = this.sum;
    return {
      relativeError: this.relativeError,
      ...(Number.isFinite(sum) && { sum }),
      ...(this.#min <= this.#max && { min: this.#min, max: this.#max }),
      zeros: this.#zeros,
      ignored: this.#ignored,
      collapsed: [this.#positive.collapsed, this.#negative?.collapsed ?? 0],
      positive: encodeBuckets(this.#positive),
      negative: this.#negative === undefined ? [] : encodeBuckets(this.#negative),
    };
  }

  /**
   * A sketch from what `toJSON` returned.
   *
   * @throws ConfigurationError when the data is anything else
   */
  static fromJSON(data: unknown): QuantileSketch {
    const { relativeError, sum, min, max, zeros, ignored, collapsed, positive, negative } =
      readSketchData(data);
    const [above = 0, below = 0] = collapsed;
    const sketch = new QuantileSketch({ relativeError });
    sketch.#changePositive((buckets) => decodeBuckets('positive', positive, above, buckets));
    if (negative.length > 0) decodeBuckets('negative', negative, below, sketch.#negativeBuckets());
    sketch.#zeros = zeros;
    sketch.#ignored = ignored;
    const { count } = sketch;
    sketch.#sum = sum ?? (count === 0 ? 0 : Number.NaN);
    if (count === 0) return sketch;

    const [lowest, highest] = [sketch.#valueAt(0), sketch.#valueAt(count - 1)];
    // What was collapsed lies anywhere between zero and its bucket.
    if (min === undefined || !(sketch.#isNear(min, lowest) || (above > 0 && min > 0 && min < lowest))) {
      throw inconsistent('min', min, `about ${lowest}`);
    }
    if (max === undefined || !(sketch.#isNear(max, highest) || (below > 0 && max < 0 && max > highest))) {
      throw inconsistent('max', max, `about ${highest}`);
    }
    if (max < min) throw inconsistent('max', max, `at least ${min}`);
    sketch.#min = min;
    sketch.#max = max;
    return sketch;
  }

  /** Whether a value may lie in the bucket that is represented by the other. */
  #isNear(value: number, representative: number): boolean {
    return Math.abs(value) < SMALLEST_MAGNITUDE
      ? representative === 0
      : Math.abs(value - representative) <= this.relativeError * Math.abs(value);
  }
}
