import type { Connection, Connections, ExecutedResult, SentStatement } from './connections/connection.ts';
import { failureKind } from './failure.ts';
import type { Limit } from './limit.ts';
import { type Failed, mustClose, type Outcome, StatementRun } from './run-statement.ts';

/** Takes a connection, runs one statement, and gives the connection back, all within the limit. */
export class LoneStatement {
  /** Never rejects. */
  readonly outcome: Promise<Outcome<ExecutedResult>>;
  readonly statement: SentStatement;
  readonly #limit: Limit;
  #done: (outcome: Outcome<ExecutedResult>) => void = () => {};
  #sentMs: number | undefined;
  #isWaiting = true;

  /** @param nowMs monotonic; the limit has just begun */
  constructor(connections: Connections, statement: SentStatement, limit: Limit, nowMs: number) {
    this.statement = statement;
    this.#limit = limit;
    this.outcome = new Promise((resolve) => {
      this.#done = resolve;
    });
    limit.onEnd(this.#stop);
    if (!this.#isWaiting) return;
    // The clock is read as seldom as can be: the shortest statement takes little longer than ten readings.
    if (connections.hasFree) this.#sentMs = nowMs;
    try {
      connections.forStatement(this.#connected);
    } catch (error) {
      this.#connected(error, undefined);
    }
  }

  /** When it was sent, by the monotonic clock; `undefined` where it was not. */
  get sentMs(): number | undefined {
    return this.#sentMs;
  }

  readonly #connected = (error: unknown, connection: Connection | undefined): void => {
    if (!this.#isWaiting) {
      // Too late for this one.
      connection?.release();
      return;
    }
    this.#isWaiting = false;
    this.#limit.offEnd(this.#stop);
    if (connection === undefined) {
      this.#notSent({ kind: 'failed', failure: failureKind(error, 'connect'), error });
      return;
    }
    this.#sentMs ??= this.#limit.clock.monotonic();
    const done = (outcome: Outcome<ExecutedResult>): void => {
      connection.release(mustClose(outcome));
      this.#limit.dispose();
      this.#done(outcome);
    };
    new StatementRun(connection, this.#limit, done).start(this.statement);
  };

  readonly #stop = (error: unknown): void => {
    this.#isWaiting = false;
    this.#notSent({ kind: 'failed', failure: 'timed-out', error });
  };

  #notSent(outcome: Failed): void {
    this.#sentMs = undefined;
    this.#limit.dispose();
    this.#done(outcome);
  }
}
