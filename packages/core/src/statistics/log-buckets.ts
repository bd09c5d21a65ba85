import { fromHighBits, highBits } from './float-bits.ts';
import { itemAt } from './sample.ts';

/*
 * Powers of two between the largest magnitude and the smallest that is told apart: 19 decades, so that a
 * single absurd value does not spoil the rest.
 */
const MOST_OCTAVES = 64;
/* Most measurements of one thing lie within a few powers of two: room for these is enough to begin with. */
const FIRST_OCTAVES = 2;
const FRACTION_BITS = 20;

/* Above the index of any float. */
const NO_BUCKET = 2 ** 30;

/**
 * Counts of positive numbers in buckets that split each power of two into `2 ** precision` equal parts. The
 * index of a bucket is the exponent of its numbers and the first bits of their fraction.
 *
 * The counts lie in a ring: bucket `i` at `i` modulo the length, a power of two. It doubles when more buckets
 * are needed than fit, up to the capacity; past that the lowest are merged into the lowest that fits.
 */
export class LogBuckets {
  readonly precision: number;
  /** Buckets that there can be. */
  readonly capacity: number;
  counts: Float64Array;
  /** The lowest and the highest bucket in use; `last < first` while there is none. */
  first = NO_BUCKET;
  last = -1;
  /** How much of the lowest count belongs further down; where there is any, the ring is in use to its end. */
  collapsed = 0;

  constructor(precision: number) {
    this.precision = precision;
    this.capacity = MOST_OCTAVES * 2 ** precision;
    this.counts = new Float64Array(FIRST_OCTAVES * 2 ** precision);
  }

  /** How far the upper bits of a float are shifted to the right to give the index of its bucket. */
  static shift(precision: number): number {
    return FRACTION_BITS - precision;
  }

  indexOf(magnitude: number): number {
    return highBits(magnitude) >> LogBuckets.shift(this.precision);
  }

  /** Of a bucket [a, b): 2ab / (a + b), which is within (b - a) / (a + b) of all of it. */
  valueOf(index: number): number {
    const parts = 2 ** this.precision;
    const lower = fromHighBits(index << LogBuckets.shift(this.precision));
    return lower * (1 + 1 / (2 * (parts + (index & (parts - 1))) + 1));
  }

  countAt(index: number): number {
    return itemAt(this.counts, this.#slot(index));
  }

  add(index: number, count: number): void {
    this.#makeRoom(Math.max(this.last, index) - Math.min(this.first, index) + 1);
    this.last = Math.max(this.last, index);
    const lowest = this.last - this.counts.length + 1;
    if (lowest > this.first) this.#collapseBelow(lowest);
    const kept = Math.max(index, lowest);
    this.first = Math.min(this.first, kept);
    if (kept > index) this.collapsed += count;
    this.#increase(kept, count);
  }

  /** Adds the counts of buckets of the same or a finer precision. */
  merge(other: LogBuckets): void {
    const coarser = other.precision - this.precision;
    // From the top, so that what is collapsed is collapsed once.
    for (let index = other.last; index >= other.first; index--) {
      const count = other.countAt(index);
      if (count > 0) this.add(index >> coarser, count);
    }
    // What the other one had collapsed is in the lowest bucket now, and counted unless that was below here.
    if (other.first >> coarser >= this.first) this.collapsed += other.collapsed;
  }

  /** The counts of all buckets together. */
  total(): number {
    let total = 0;
    for (let index = this.first; index <= this.last; index++) total += this.countAt(index);
    return total;
  }

  clear(): void {
    this.counts.fill(0);
    this.first = NO_BUCKET;
    this.last = -1;
    this.collapsed = 0;
  }

  #makeRoom(buckets: number): void {
    let length = this.counts.length;
    while (length < buckets && length < this.capacity) length *= 2;
    if (length === this.counts.length) return;
    const larger = new Float64Array(length);
    for (let index = this.first; index <= this.last; index++)
      larger[index & (length - 1)] = this.countAt(index);
    this.counts = larger;
  }

  #slot(index: number): number {
    return index & (this.counts.length - 1);
  }

  #increase(index: number, count: number): void {
    this.counts[this.#slot(index)] = this.countAt(index) + count;
  }

  #collapseBelow(lowest: number): void {
    let moved = 0;
    // A bucket and the one a ring's length above it share a slot: no more than one turn.
    const end = Math.min(lowest, this.first + this.counts.length);
    for (let index = this.first; index < end; index++) {
      moved += this.countAt(index);
      this.counts[this.#slot(index)] = 0;
    }
    // What was collapsed before was in the first bucket, and has moved again.
    this.collapsed = moved;
    this.first = lowest;
    this.#increase(lowest, moved);
  }
}
