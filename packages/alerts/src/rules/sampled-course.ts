/** A value at a time. */
export interface CoursePoint {
  readonly at: number;
  readonly value: number;
}

/**
 * The course of a value over a window: its latest value in each of `steps` parts of it, in typed arrays. Looks up
 * what the value was at a time to within one part.
 */
export class SampledCourse {
  readonly #stepMs: number;
  /* One more than the window has, so that its beginning is still there while the newest part fills. */
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #first = 0;
  #length = 0;

  constructor(windowMs: number, steps: number) {
    this.#stepMs = windowMs / steps;
    this.#times = new Float64Array(steps + 2);
    this.#values = new Float64Array(steps + 2);
  }

  /** Times must not go back; a value that is older than the newest is left out. */
  add(value: number, at: number): void {
    const last = this.#at(this.#length - 1);
    if (last && at < last.at) return;
    const replaces = last !== undefined && this.#stepOf(last.at) === this.#stepOf(at) && this.#length > 1;
    if (!replaces) {
      if (this.#length === this.#times.length) this.#first = (this.#first + 1) % this.#times.length;
      else this.#length += 1;
    }
    const position = this.#position(this.#length - 1);
    this.#times[position] = at;
    this.#values[position] = value;
  }

  get newest(): CoursePoint | undefined {
    return this.#at(this.#length - 1);
  }

  /** The last value at or before the time, or the first there is. */
  at(time: number): CoursePoint | undefined {
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#timeAt(middle) <= time) low = middle;
      else high = middle - 1;
    }
    return this.#at(low);
  }

  #stepOf(time: number): number {
    return Math.floor(time / this.#stepMs);
  }

  #position(index: number): number {
    return (this.#first + index) % this.#times.length;
  }

  #timeAt(index: number): number {
    return this.#times[this.#position(index)] ?? Number.NaN;
  }

  #at(index: number): CoursePoint | undefined {
    if (index < 0) return undefined;
    const position = this.#position(index);
    return { at: this.#times[position] ?? Number.NaN, value: this.#values[position] ?? Number.NaN };
  }
}
