import { option, readOptions } from '../options/index.ts';

/** Options of {@link Ewma}. */
export interface EwmaOptions {
  /** After this long a value weighs half: milliseconds or a string such as `'30s'`. */
  readonly halfLifeMs: number | string;
}

/**
 * Exponentially weighted moving average of values that come at irregular times. Each value weighs
 * 2^(-age / half-life), and the average is the weighted mean of all of them: there is no start-up bias, values
 * of one instant count alike, and the order in which they arrive does not matter. For values at a steady pace
 * this is the usual recurrence with α = 1 - 2^(-interval / half-life), once several half-lives have passed.
 *
 * The weights are those of G. Cormode, V. Shkapenyuk, D. Srivastava and B. Xu, "Forward Decay: A Practical
 * Time Decay Model for Streaming Systems" (2009).
 */
export class Ewma {
  readonly #halfLifeMs: number;
  #value = 0;
  #weight = 0;
  #latestMs = Number.NEGATIVE_INFINITY;
  #ignored = 0;

  /** @throws ConfigurationError when the half-life is not a positive duration */
  constructor(options: EwmaOptions) {
    this.#halfLifeMs = readOptions<{ halfLifeMs: number }>('Ewma', options, {
      halfLifeMs: option.duration({ min: Number.MIN_VALUE }),
    }).halfLifeMs;
  }

  /**
   * Takes a value in.
   *
   * @param timeMs when it was observed, on any one clock that is not set back: a value that comes late weighs
   *   by its own age. A value or time that is NaN or infinite is left out and counted in `ignored`.
   */
  add(value: number, timeMs: number): void {
    if (!Number.isFinite(value) || !Number.isFinite(timeMs)) {
      this.#ignored += 1;
      return;
    }
    let weight = 1;
    if (this.#weight === 0) {
      this.#latestMs = timeMs;
    } else if (timeMs >= this.#latestMs) {
      this.#weight *= 2 ** ((this.#latestMs - timeMs) / this.#halfLifeMs);
      this.#latestMs = timeMs;
    } else {
      weight = 2 ** ((timeMs - this.#latestMs) / this.#halfLifeMs);
    }
    this.#weight += weight;
    this.#value += (value - this.#value) * (weight / this.#weight);
  }

  /** Forgets everything. */
  reset(): void {
    this.#value = 0;
    this.#weight = 0;
    this.#latestMs = Number.NEGATIVE_INFINITY;
    this.#ignored = 0;
  }

  /** The weighted mean; `undefined` before the first value. */
  get value(): number | undefined {
    return this.#weight === 0 ? undefined : this.#value;
  }

  /** The sum of the weights at the time of the newest value: the number of values the average stands on. */
  get weight(): number {
    return this.#weight;
  }

  /** How many calls were left out for a value or time that was NaN or infinite. */
  get ignored(): number {
    return this.#ignored;
  }
}
