import type { Clock } from '@evenkeel/core';
import { callSite } from './call-site.ts';

/** Who counts what becomes of checkouts. Times are monotonic ms. */
export interface CheckoutCounts {
  acquired(checkout: Checkout, nowMs: number): void;
  failed(checkout: Checkout, error: unknown, nowMs: number): void;
  queryEnded(durationMs: number, nowMs: number): void;
  released(checkout: Checkout, nowMs: number): void;
}

/** One use of a connection of a pool, from asking for it to giving it back. */
export class Checkout {
  readonly requestedMs: number;
  acquiredMs = 0;
  /** Time its queries took so far. */
  queryMs = 0;
  /** When something was last done with the connection. */
  usedMs = 0;
  readonly #clock: Clock;
  readonly #counts: CheckoutCounts;
  readonly #trace: { readonly stack?: string } | undefined;
  #queries = 0;
  #state: 'waiting' | 'held' | 'over' = 'waiting';

  /** @param trace where the connection was asked for, if known; it is read only for a leak */
  constructor(clock: Clock, counts: CheckoutCounts, trace: { readonly stack?: string } | undefined) {
    this.#clock = clock;
    this.#counts = counts;
    this.#trace = trace;
    this.requestedMs = clock.monotonic();
  }

  /** There is a connection. */
  acquired(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'held';
    this.acquiredMs = this.#clock.monotonic();
    this.usedMs = this.acquiredMs;
    this.#counts.acquired(this, this.acquiredMs);
  }

  /** There was none to be had. */
  failed(error: unknown): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'over';
    this.#counts.failed(this, error, this.#clock.monotonic());
  }

  queryStarted(nowMs: number): void {
    this.#queries += 1;
    this.usedMs = nowMs;
  }

  /** @param durationMs undefined for a query that was never sent */
  queryEnded(nowMs: number, durationMs: number | undefined): void {
    this.#queries -= 1;
    this.usedMs = nowMs;
    if (durationMs === undefined) return;
    this.queryMs += durationMs;
    this.#counts.queryEnded(durationMs, nowMs);
  }

  /** It was given back. */
  released(): void {
    if (this.#state !== 'held') return;
    this.#state = 'over';
    this.#counts.released(this, this.#clock.monotonic());
  }

  /** For how long it is held without a query: 0 while one is under way. */
  idleMs(nowMs: number): number {
    return this.#queries > 0 ? 0 : nowMs - this.usedMs;
  }

  /** Where it was asked for, innermost first; undefined where that was not recorded. */
  site(): string[] | undefined {
    return this.#trace && callSite(this.#trace.stack);
  }
}
