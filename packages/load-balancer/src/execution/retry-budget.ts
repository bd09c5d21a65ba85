import { SlidingCounts } from './sliding-counts.ts';

/*
 * Short: what was saved up in good times is spent at once in bad ones, and must be small beside the traffic of the
 * outage. One second still covers the requests that a crash of one server in ten cuts off.
 */
const WINDOW_MS = 1000;

/* Beside its share, so that a service with a request now and then gets its retries too. */
const RESERVE = 5;
const RESERVE_PER_SECOND = 0.2;

/**
 * How many tries a balancer may make beyond the first of each request: a share of the requests of the last second,
 * and a small reserve that refills slowly. A try is counted when it is decided on, so that a burst of failures can't
 * pass before the first of its retries is seen. After Finagle's `RetryBudget`.
 */
export class RetryBudget {
  readonly #ratio: number;
  /* Requests, and tries spent on them. */
  readonly #counts = new SlidingCounts(WINDOW_MS);
  #reserve = RESERVE;
  #refilledMs = 0;
  /* Whether the last one taken was of the share. */
  #isOfShare = false;
  /** How often there was none. */
  refused = 0;
  /** When one was refused last. */
  refusedMs = Number.NEGATIVE_INFINITY;

  /** @param ratio tries beyond the first, to requests; 0: none at all */
  constructor(ratio: number) {
    this.#ratio = ratio;
  }

  /** A request has come. */
  deposit(nowMs: number): void {
    this.#counts.moveTo(nowMs);
    this.#counts.add(1, 0);
  }

  /** Tries that may be made now. */
  left(nowMs: number): number {
    if (this.#ratio === 0) return 0;
    this.#counts.moveTo(nowMs);
    const refill = ((nowMs - this.#refilledMs) / 1000) * RESERVE_PER_SECOND;
    this.#reserve = Math.min(RESERVE, this.#reserve + refill);
    this.#refilledMs = nowMs;
    return this.#share() + Math.floor(this.#reserve);
  }

  /** Takes one, if there is one. */
  take(nowMs: number): boolean {
    if (this.left(nowMs) === 0) {
      this.refused += 1;
      this.refusedMs = nowMs;
      return false;
    }
    this.#isOfShare = this.#share() > 0;
    if (this.#isOfShare) this.#counts.add(0, 1);
    else this.#reserve -= 1;
    return true;
  }

  /** What was taken just now was not used: there was no server for it. */
  giveBack(): void {
    if (this.#isOfShare) this.#counts.add(0, -1);
    else this.#reserve += 1;
  }

  #share(): number {
    return Math.max(0, Math.floor(this.#ratio * this.#counts.first) - this.#counts.second);
  }
}
