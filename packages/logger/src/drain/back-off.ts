const BASE_MS = 200;
const MAX_MS = 30_000;

/**
 * How long to wait between tries, in ms: decorrelated jitter, which spreads those who fail together ("Exponential Backoff
 * And Jitter", AWS Architecture Blog, 2015).
 */
export class BackOff {
  readonly #random: () => number;
  #lastMs = BASE_MS;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  next(): number {
    this.#lastMs = Math.min(MAX_MS, BASE_MS + this.#random() * (3 * this.#lastMs - BASE_MS));
    return Math.round(this.#lastMs);
  }

  reset(): void {
    this.#lastMs = BASE_MS;
  }
}
