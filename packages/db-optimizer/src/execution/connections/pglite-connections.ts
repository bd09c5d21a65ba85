import type { Connection, Connections, Done, ExecutedResult, SentStatement } from './connection.ts';

interface PGliteQueries {
  query(text: string, params?: unknown[]): Promise<ExecutedResult>;
}

/** What is used of PGlite. */
export interface PGliteLike extends PGliteQueries {
  transaction(run: (queries: PGliteQueries) => Promise<void>): Promise<void>;
}

/** PGlite: one connection for everybody, with a queue before it. Nothing is lost on the way, and nothing can be stopped. */
export class PGliteConnections implements Connections {
  readonly isSingle = true;
  readonly canReconnect = false;
  readonly refusal = undefined;
  readonly hasFree = true;
  readonly #database: PGliteLike;
  readonly #statements: Connection;

  constructor(database: PGliteLike) {
    this.#database = database;
    this.#statements = this.#connection(database, () => {});
  }

  forStatement(done: Done<Connection>): void {
    done(undefined, this.#statements);
  }

  /**
   * PGlite's queue is held for as long as the callback of a transaction of its own runs. That is ended at once, for
   * ours to take its place; what ours should leave open is rolled back when the callback rejects.
   */
  forTransaction(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const released = new Error('released');
      this.#database
        .transaction(async (queries) => {
          await queries.query('rollback');
          await new Promise<void>((_, end) => {
            resolve(this.#connection(queries, () => end(released)));
          });
        })
        .catch((error: unknown) => {
          if (error !== released) reject(error);
        });
    });
  }

  #connection(queries: PGliteQueries, release: () => void): Connection {
    return {
      send: ({ text, params }: SentStatement, done: Done<ExecutedResult>) => {
        queries.query(text, params as unknown[] | undefined).then(
          (result) => done(undefined, result),
          (error: unknown) => done(error, undefined),
        );
      },
      sendBehind: async (text) => {
        const { rows } = await queries.query(text);
        return rows[0] === undefined ? undefined : Object.values(rows[0])[0];
      },
      cancel: (done) => done(),
      fault: undefined,
      status: undefined,
      isRemote: false,
      identity: this.#database,
      release,
    };
  }
}
