/* Longer than this nobody waits for the next try; shorter would not spare a server that starts. */
const LONGEST_MS = 1000;

/**
 * Waiting times between tries: each is random between the first and three times the one before, so that those who
 * failed together do not come back together. "Decorrelated jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015.
 */
export class Backoff {
  readonly #random: () => number;
  #lastMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param firstMs the shortest */
  next(firstMs: number): number {
    const longest = 3 * Math.max(firstMs, this.#lastMs);
    this.#lastMs = Math.min(LONGEST_MS, firstMs + this.#random() * (longest - firstMs));
    return this.#lastMs;
  }
}
