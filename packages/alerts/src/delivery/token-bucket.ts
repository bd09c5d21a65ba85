/** As many messages at once as it holds, and then one whenever a token has come. Times are monotonic, in ms. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #msPerToken: number;
  #tokens: number;
  #filledMs = 0;

  /** @param perMinute also how many it holds; `Infinity` for no limit */
  constructor(perMinute: number) {
    this.#capacity = Math.max(1, perMinute);
    this.#msPerToken = 60_000 / perMinute;
    this.#tokens = this.#capacity;
  }

  /** When a token is there: now or later. */
  readyMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens >= 1 ? nowMs : nowMs + (1 - this.#tokens) * this.#msPerToken;
  }

  /** To be called when one is there. */
  take(): void {
    this.#tokens -= 1;
  }

  #fill(nowMs: number): void {
    const come = this.#msPerToken > 0 ? Math.max(0, nowMs - this.#filledMs) / this.#msPerToken : Infinity;
    // A hair more than nothing is missing where sums of fractions should give a whole token.
    this.#tokens = Math.min(this.#capacity, this.#tokens + come + 1e-9);
    this.#filledMs = nowMs;
  }
}
