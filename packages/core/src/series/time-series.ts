import { ConfigurationError } from '../errors/index.ts';
import { option, readValue } from '../options/index.ts';
import { lttb, type SeriesSlice } from './lttb.ts';

/* 16 bytes a sample, taken at once: 2 GiB. A larger number is a size in the wrong unit. */
const MAX_CAPACITY = 2 ** 27;

/** A sample of a series. */
export interface Sample {
  /** In ms since 1970. */
  readonly time: number;
  readonly value: number;
}

/**
 * The last `capacity` samples of one quantity, in typed arrays (16 bytes a sample, taken at construction);
 * pushing allocates nothing.
 *
 * Samples stay in the order of their arrival. Equal times are fine. So is a time earlier than the one before,
 * as when the wall clock is set back: the sample is kept, and `between` finds it by its own time.
 */
export class TimeSeries {
  readonly capacity: number;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #pushed = 0;
  #length = 0;
  #dropped = 0;
  /* Which push was the last whose time went back; samples from there on are sorted. */
  #sortedFrom = 0;

  /**
   * @param capacity samples to keep
   * @throws ConfigurationError unless it is an integer from 1 to 2^27
   */
  constructor(capacity: number) {
    this.capacity = readValue(
      'TimeSeries',
      'capacity',
      capacity,
      option.integer({ min: 1, max: MAX_CAPACITY }),
    );
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Samples overwritten since the series was made. `clear` neither adds to it nor resets it. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The sample pushed last. */
  get last(): Sample | undefined {
    return this.#length === 0 ? undefined : { time: this.timeAt(-1), value: this.valueAt(-1) };
  }

  /**
   * Adds a sample; in a full series it overwrites the oldest. NaN as value marks a gap.
   *
   * @throws ConfigurationError for a time that is not finite
   */
  push(timeMs: number, value: number): void {
    if (!Number.isFinite(timeMs)) {
      throw new ConfigurationError('TimeSeries.push', [
        { path: 'timeMs', value: timeMs, expected: 'a finite number' },
      ]);
    }
    if (this.#length > 0 && timeMs < this.timeAt(-1)) this.#sortedFrom = this.#pushed;
    const position = this.#pushed % this.capacity;
    this.#times[position] = timeMs;
    this.#values[position] = value;
    this.#pushed += 1;
    if (this.#length < this.capacity) this.#length += 1;
    else this.#dropped += 1;
  }

  /** Time of the sample at `index`, where 0 is the oldest and -1 the newest; NaN outside. */
  timeAt(index: number): number {
    return this.#times[this.#position(index)] ?? Number.NaN;
  }

  /** Value of the sample at `index`, where 0 is the oldest and -1 the newest; NaN outside. */
  valueAt(index: number): number {
    return this.#values[this.#position(index)] ?? Number.NaN;
  }

  /** A copy of the times, oldest sample first. */
  times(): Float64Array {
    return this.#copy(this.#times, 0, this.#length);
  }

  /** A copy of the values, oldest sample first. */
  values(): Float64Array {
    return this.#copy(this.#values, 0, this.#length);
  }

  /** A copy of the samples from `fromMs` to `toMs`, both included. */
  between(fromMs: number, toMs: number): SeriesSlice {
    if (this.#sortedFrom > this.#pushed - this.#length) return this.#select(fromMs, toMs);
    const from = this.#firstWhere((time) => time >= fromMs);
    const to = Math.max(
      from,
      this.#firstWhere((time) => time > toMs),
    );
    return { times: this.#copy(this.#times, from, to), values: this.#copy(this.#values, from, to) };
  }

  /**
   * At most `points` samples that show the course of all, for a chart: see {@link lttb}.
   *
   * @throws ConfigurationError unless `points` is an integer of at least 2
   */
  downsample(points: number): SeriesSlice {
    return lttb(this.times(), this.values(), points);
  }

  /** Forgets the samples. */
  clear(): void {
    this.#length = 0;
    this.#pushed = 0;
    this.#sortedFrom = 0;
  }

  /** Where in the arrays the sample at `index` is; -1, which no array has, outside. */
  #position(index: number): number {
    const offset = index < 0 ? this.#length + index : index;
    if (!(offset >= 0 && offset < this.#length)) return -1;
    return (this.#pushed - this.#length + offset) % this.capacity;
  }

  #copy(column: Float64Array, from: number, to: number): Float64Array {
    const copy = new Float64Array(to - from);
    if (copy.length === 0) return copy;
    const start = this.#position(from);
    const head = column.subarray(start, Math.min(start + copy.length, this.capacity));
    copy.set(head);
    copy.set(column.subarray(0, copy.length - head.length), head.length);
    return copy;
  }

  /** Index of the first sample that `holds`; it must hold for all after it too. The length where it holds for none. */
  #firstWhere(holds: (time: number) => boolean): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.timeAt(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #select(fromMs: number, toMs: number): SeriesSlice {
    const times = this.times();
    const values = this.values();
    const within = (_: number, index: number): boolean => {
      const time = times[index] ?? Number.NaN;
      return time >= fromMs && time <= toMs;
    };
    return { times: times.filter(within), values: values.filter(within) };
  }
}
