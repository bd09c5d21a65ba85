import type { QueryResult } from '@evenkeel/core';

/** What the driver gave: rows, and what it tells beside them. */
export interface ExecutedResult<Row = Record<string, unknown>> extends QueryResult<Row> {
  /** The command tag, such as `INSERT`; `pg` tells it. */
  readonly command?: string;
  /** Rows it gave or changed; `pg` tells it. */
  readonly rowCount?: number | null;
  /** Rows it changed; PGlite tells it. */
  readonly affectedRows?: number;
}

/** One statement as it is sent. */
export interface SentStatement {
  readonly text: string;
  readonly params: readonly unknown[] | undefined;
  /** Under which the server keeps it prepared. */
  readonly name: string | undefined;
}

/** Called once: with what went wrong, or with what came. */
export type Done<T> = (error: unknown, value: T | undefined) => void;

/** One connection that nobody else uses until it is released. One statement at a time. */
export interface Connection {
  /** Callbacks, since each promise costs as much as all that is done here beside it. It may throw. */
  send(statement: SentStatement, done: Done<ExecutedResult>): void;
  /**
   * Sends a statement that gives one value directly behind the one that was just sent, without waiting for its answer:
   * both come in one round trip. Only behind what does not copy data.
   */
  sendBehind(text: string): Promise<unknown>;
  /**
   * Asks the server to stop what runs. It may be too late, or impossible: the statement's answer tells. `done` is called
   * once, when it can hit nothing that is run later.
   */
  cancel(done: () => void): void;
  /** What broke the connection while no answer was due. */
  readonly fault: Error | undefined;
  /** What the server said last of its transaction: none, open, or failed; `undefined` where the driver does not tell. */
  readonly status: 'I' | 'T' | 'E' | undefined;
  /** Whether an answer can get lost; not within a process. */
  readonly isRemote: boolean;
  /** Stands for the server's connection in maps. */
  readonly identity: object;
  /** Gives it back; with an error it is closed instead. To be called once. */
  release(error?: Error): void;
}

/** Where connections come from. */
export interface Connections {
  /** Whether all have to share one, so that who holds it and asks for another would wait for ever. */
  readonly isSingle: boolean;
  /** Whether a connection that broke can be replaced. */
  readonly canReconnect: boolean;
  /** Why it cannot carry out transactions; `undefined` where it can. */
  readonly refusal: string | undefined;
  /** Whether a connection for one statement is to be had at once. */
  readonly hasFree: boolean;
  /** For one statement. It may throw. */
  forStatement(done: Done<Connection>): void;
  /** For a transaction. */
  forTransaction(): Promise<Connection>;
}

/** A statement's answer as a promise. */
export function answerTo(connection: Connection, statement: SentStatement): Promise<ExecutedResult> {
  return new Promise((resolve, reject) => {
    connection.send(statement, (error, result) => {
      if (result === undefined) reject(error);
      else resolve(result);
    });
  });
}

/** A statement as it stands. */
export function plain(text: string, params?: readonly unknown[]): SentStatement {
  return { text, params, name: undefined };
}
