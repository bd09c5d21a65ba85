import type { Clock } from '@evenkeel/core';
import type { Checkout } from '../pool/checkout.ts';
import type { PoolMonitor } from '../pool/pool-monitor.ts';
import type { ObserveQuery } from '../queries/observation.ts';
import { rowsOf } from './query-call.ts';

/** Who is told of what. */
export interface QueryWatch {
  readonly observe: ObserveQuery;
  readonly clock: Clock;
  readonly measurements: PoolMonitor | undefined;
}

/** A connection and who has it. */
export class WatchedConnection {
  checkout: Checkout | undefined;
  /** When the last query on it ended: those that are sent meanwhile wait for it. Monotonic ms. */
  freeMs = Number.NEGATIVE_INFINITY;
}

/** One run of a statement. */
export class QueryRun {
  readonly #watch: QueryWatch;
  readonly #connection: WatchedConnection;
  readonly #text: string;
  readonly #params: readonly unknown[] | undefined;
  /* The connection may have gone to another by the time it ends. */
  readonly #checkout: Checkout | undefined;
  readonly #startedAt: number;
  readonly #sentMs: number;
  #durationMs = 0;
  #rows: number | undefined;
  #error: unknown;
  #isOver = false;

  constructor(
    watch: QueryWatch,
    connection: WatchedConnection,
    text: string,
    params: readonly unknown[] | undefined,
  ) {
    this.#watch = watch;
    this.#connection = connection;
    this.#text = text;
    this.#params = params;
    this.#checkout = connection.checkout;
    this.#startedAt = watch.clock.now();
    this.#sentMs = watch.clock.monotonic();
    this.#checkout?.queryStarted(this.#sentMs);
  }

  succeeded(result: unknown): boolean {
    return this.ended(rowsOf(result), undefined);
  }

  failed(error: unknown): boolean {
    // Whatever it is: an absent error would look like success.
    return this.ended(undefined, error ?? new Error('the query failed without an error'));
  }

  /** Gives whether it was still on its way. */
  ended(rows: number | undefined, error: unknown): boolean {
    if (this.#isOver) return false;
    const nowMs = this.#watch.clock.monotonic();
    this.#isOver = true;
    this.#durationMs = Math.max(0, nowMs - Math.max(this.#sentMs, this.#connection.freeMs));
    this.#connection.freeMs = nowMs;
    this.#rows = rows;
    this.#error = error;
    this.#checkout?.queryEnded(nowMs, this.#durationMs);
    return true;
  }

  /** It was never sent. */
  abandoned(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#checkout?.queryEnded(this.#watch.clock.monotonic(), undefined);
  }

  /** Tells of it, once it has ended; to be called in the async context of the caller. */
  report(): void {
    try {
      this.#watch.observe({
        text: this.#text,
        params: this.#params,
        startedAt: this.#startedAt,
        durationMs: this.#durationMs,
        rows: this.#rows,
        error: this.#error,
      });
    } catch {
      // An observer that breaks its word must not break the application's query.
    }
  }
}
