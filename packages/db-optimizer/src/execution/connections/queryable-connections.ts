import { type Queryable, StateError } from '@evenkeel/core';
import type { Connection, Connections, Done, ExecutedResult, SentStatement } from './connection.ts';

const REFUSAL = 'it is no Pool or Client of pg, and no PGlite';

/** What is only known to run a statement: perhaps each on another connection. */
export class QueryableConnections implements Connections {
  readonly isSingle = false;
  readonly canReconnect = true;
  readonly refusal = REFUSAL;
  readonly hasFree = true;
  readonly #connection: Connection;

  constructor(database: Queryable) {
    this.#connection = {
      send: ({ text, params }: SentStatement, done: Done<ExecutedResult>) => {
        database.query(text, params as unknown[] | undefined).then(
          (result) => done(undefined, result),
          (error: unknown) => done(error, undefined),
        );
      },
      sendBehind: () => Promise.reject(new StateError(REFUSAL)),
      cancel: (done) => done(),
      fault: undefined,
      status: undefined,
      isRemote: true,
      identity: database,
      release() {},
    };
  }

  forStatement(done: Done<Connection>): void {
    done(undefined, this.#connection);
  }

  forTransaction(): Promise<Connection> {
    return Promise.reject(new StateError(REFUSAL));
  }
}
