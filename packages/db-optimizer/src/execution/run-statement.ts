import { type Disposer, toError } from '@evenkeel/core';
import type { Connection, ExecutedResult, SentStatement } from './connections/connection.ts';
import { codeOf, endsConnection, type FailureKind, failureKind, TREATMENTS } from './failure.ts';
import type { Limit } from './limit.ts';

/** How one try of something ended. */
export type Outcome<T> = { readonly kind: 'done'; readonly value: T } | Failed;

export interface Failed {
  readonly kind: 'failed';
  readonly failure: FailureKind;
  readonly error: unknown;
}

/* On a healthy server a cancelled statement ends at once; one that does not is in a place that cannot be left. */
const GRACE_MS = 1000;

/* query_canceled: by us, or by whoever else. */
const CANCELLED = '57014';

/**
 * Sends one statement and waits for its answer, no longer than the limit allows; then the server is asked to stop it,
 * and what it says to that within a moment decides: it may have been too late. The connection is not given back before
 * the server is done with the request, or the next statement could be stopped by it.
 */
export class StatementRun {
  readonly #connection: Connection;
  readonly #limit: Limit;
  readonly #done: (outcome: Outcome<ExecutedResult>) => void;
  #isWaiting = true;
  #overrun: Overrun | undefined;

  constructor(connection: Connection, limit: Limit, done: (outcome: Outcome<ExecutedResult>) => void) {
    this.#connection = connection;
    this.#limit = limit;
    this.#done = done;
  }

  start(statement: SentStatement): void {
    const { fault } = this.#connection;
    const { reason } = this.#limit;
    if (fault) this.#finish({ kind: 'failed', failure: 'not-sent', error: fault });
    else if (reason) this.#finish({ kind: 'failed', failure: 'timed-out', error: reason.error });
    else {
      this.#limit.onEnd(this.#stop);
      try {
        this.#connection.send(statement, this.#answered);
      } catch (error) {
        this.#finish(failed(this.#connection, error));
      }
    }
  }

  readonly #answered = (error: unknown, result: ExecutedResult | undefined): void => {
    if (result !== undefined) this.#finish({ kind: 'done', value: result });
    else if (this.#overrun && codeOf(error) === CANCELLED) {
      this.#finish({ kind: 'failed', failure: 'timed-out', error: this.#overrun.error });
    } else this.#finish(failed(this.#connection, error));
  };

  readonly #stop = (error: unknown): void => {
    const giveUp = (): void => this.#finish({ kind: 'failed', failure: 'unanswered', error });
    const overrun: Overrun = { error, cancelTimer: this.#limit.clock.setTimeout(giveUp, GRACE_MS) };
    this.#overrun = overrun;
    this.#connection.cancel(() => {
      overrun.isOver = true;
      overrun.tell?.();
    });
  };

  #finish(outcome: Outcome<ExecutedResult>): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#limit.offEnd(this.#stop);
    const tell = (): void => this.#done(outcome);
    if (this.#overrun === undefined) tell();
    else {
      this.#overrun.cancelTimer();
      if (this.#overrun.isOver || mustClose(outcome)) tell();
      else this.#overrun.tell = tell;
    }
  }
}

interface Overrun {
  readonly error: unknown;
  readonly cancelTimer: Disposer;
  /** Whether the request to stop has had its effect. */
  isOver?: boolean;
  /** What waits for that. */
  tell?: () => void;
}

/** Runs one statement on a connection. Never rejects. */
export function runStatement(
  connection: Connection,
  statement: SentStatement,
  limit: Limit,
): Promise<Outcome<ExecutedResult>> {
  return new Promise((resolve) => new StatementRun(connection, limit, resolve).start(statement));
}

function failed(connection: Connection, error: unknown): Failed {
  const failure = failureKind(error, 'statement');
  // What the driver says of a dead connection is less than what the connection died of.
  const told = failure === 'not-sent' ? (connection.fault ?? error) : error;
  return { kind: 'failed', failure, error: told };
}

/** What a connection is to be released with after an outcome: an error where it is of no more use. */
export function mustClose(outcome: Outcome<unknown>): Error | undefined {
  if (outcome.kind === 'done' || outcome.failure === 'timed-out') return undefined;
  const { failure, error } = outcome;
  return TREATMENTS[failure].discard || endsConnection(error, failure) ? toError(error) : undefined;
}
