/* What was saved up in good times is spent at once in bad ones: so much covers one crash, and no storm. */
const MOST = 100;

/* Beside the share, so that a service with a query now and then gets its retries too. */
const RESERVE = 10;
const RESERVE_PER_SECOND = 0.1;

/**
 * How many retries may be made, of all queries and transactions together: a share of their number, and a small reserve
 * that refills slowly, so that retries never multiply the load on a server that fails because of it. A token bucket, as
 * in Finagle's `RetryBudget`.
 */
export class RetryBudget {
  readonly #ratio: number;
  #saved = 0;
  #reserve = RESERVE;
  #refilledMs: number | undefined;

  /** @param ratio retries to queries and transactions; 0: none at all */
  constructor(ratio: number) {
    this.#ratio = ratio;
  }

  /** A query or transaction has come. */
  deposit(): void {
    this.#saved = Math.min(MOST, this.#saved + this.#ratio);
  }

  /** Takes one retry, if there is one. @param nowMs monotonic */
  take(nowMs: number): boolean {
    if (this.#ratio === 0) return false;
    const refill = ((nowMs - (this.#refilledMs ?? nowMs)) / 1000) * RESERVE_PER_SECOND;
    this.#reserve = Math.min(RESERVE, this.#reserve + refill);
    this.#refilledMs = nowMs;
    if (this.#saved >= 1) this.#saved -= 1;
    else if (this.#reserve >= 1) this.#reserve -= 1;
    else return false;
    return true;
  }
}
