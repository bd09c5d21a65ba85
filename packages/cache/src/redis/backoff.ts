/** Delays that double up to a bound, each at random from half of itself, so that instances don't come back at once. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(firstMs: number, longestMs: number, random: () => number) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  nextMs(): number {
    const delayMs = Math.min(this.#longestMs, this.#firstMs * 2 ** this.#attempt);
    if (delayMs < this.#longestMs) this.#attempt += 1;
    return delayMs * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
