/* Times that a difference has to be larger than its error: it is looked at after each pair, and so may err often. */
const CONFIDENCE = 1.9;

/* Pairs that the expected scatter counts for, beside that which is seen. */
const PRIOR_PAIRS = 4;

/* Older pairs are of another time. */
const MEMORY = 200;

/** Whether one of two limits is better, from pairs of windows, one of each, that followed each other. */
export class Comparison {
  #pairs = 0;
  #mean = 0;
  #variance = 0;
  #expected = 0;

  /**
   * @param difference of the logarithms of what the two are worth
   * @param expected variance of it
   */
  add(difference: number, expected: number): void {
    this.#pairs = Math.min(MEMORY, this.#pairs + 1);
    const weight = 1 / this.#pairs;
    const off = difference - this.#mean;
    this.#mean += weight * off;
    this.#variance = (1 - weight) * (this.#variance + weight * off * off);
    this.#expected += weight * (expected - this.#expected);
  }

  /** Undefined while that is not known. */
  get isBetter(): boolean | undefined {
    const pairs = this.#pairs;
    if (pairs === 0) return undefined;
    const scatter = (PRIOR_PAIRS * this.#expected + pairs * this.#variance) / (PRIOR_PAIRS + pairs - 1);
    const error = CONFIDENCE * Math.sqrt(scatter / pairs);
    return Math.abs(this.#mean) > error ? this.#mean > 0 : undefined;
  }
}
