import type { Clock } from '@evenkeel/core';
import type { ObserveQuery } from '../queries/observation.ts';
import type { ExecutedResult, SentStatement } from './connections/connection.ts';
import type { Outcome } from './run-statement.ts';

/* A clock that was set shows this much later, and is asked this much less often than once a statement. */
const REFRESH_MS = 1000;

/** Tells somebody of each statement that was run. */
export class Observer {
  readonly #observe: ObserveQuery;
  readonly #clock: Clock;
  /* From monotonic to wall time. */
  #offsetMs = 0;
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(observe: ObserveQuery, clock: Clock) {
    this.#observe = observe;
    this.#clock = clock;
  }

  /** @param sentMs monotonic */
  tell({ text, params }: SentStatement, sentMs: number, outcome: Outcome<ExecutedResult>): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#refreshedMs > REFRESH_MS) {
      this.#offsetMs = this.#clock.now() - nowMs;
      this.#refreshedMs = nowMs;
    }
    const isDone = outcome.kind === 'done';
    try {
      this.#observe({
        text,
        params,
        startedAt: sentMs + this.#offsetMs,
        durationMs: nowMs - sentMs,
        rows: isDone ? rowsOf(outcome.value) : undefined,
        error: isDone ? undefined : outcome.error,
      });
    } catch {
      // Watching must not break what is watched; the observer reports its own failures.
    }
  }
}

function rowsOf({ rows, rowCount, affectedRows }: ExecutedResult): number | undefined {
  return rowCount ?? (affectedRows || rows?.length);
}
