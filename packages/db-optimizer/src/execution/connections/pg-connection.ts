import { toError } from '@evenkeel/core';
import { sendCancelRequest } from './cancel-request.ts';
import type { Connection, Done, ExecutedResult, SentStatement } from './connection.ts';
import { SingleValueQuery } from './single-value-query.ts';

interface NamedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[] | undefined;
}

/** What is used of a Client of `pg`. Much may be absent: in older versions, in the native one. */
export interface PgClientLike {
  query(text: string | NamedStatement, params: unknown[] | undefined, done: Done<ExecutedResult>): void;
  query(query: SingleValueQuery): unknown;
  query(text: string): Promise<ExecutedResult>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  getTransactionStatus?(): string | null;
  readonly processID?: number | null;
  readonly secretKey?: number | null;
  readonly host?: string;
  readonly port?: number;
  /** Whether it is free to send. */
  readonly readyForQuery?: boolean;
  readonly pipeline?: boolean;
  readonly connection?: {
    query?(text: string): void;
    readonly stream?: { readonly remoteAddress?: string; readonly remotePort?: number };
  };
}

/** A connection of `pg`, also where PGlite is behind it. */
export class PgConnection implements Connection {
  readonly #client: PgClientLike;
  readonly #mayClose: boolean;
  readonly #giveBack: (error?: Error) => void;
  #fault: Error | undefined;

  /**
   * @param mayClose whether `giveBack` closes it when it is given an error
   * @param giveBack gives it back to where it came from
   */
  constructor(client: PgClientLike, mayClose: boolean, giveBack: (error?: Error) => void) {
    this.#client = client;
    this.#mayClose = mayClose;
    this.#giveBack = giveBack;
    // Without a listener, a connection that is lost between two statements would end the process.
    client.on('error', this.#onError);
  }

  readonly #onError = (error: Error): void => {
    this.#fault ??= error;
  };

  get fault(): Error | undefined {
    return this.#fault;
  }

  get status(): 'I' | 'T' | 'E' | undefined {
    const status = this.#client.getTransactionStatus?.();
    return status === 'I' || status === 'T' || status === 'E' ? status : undefined;
  }

  /** PGlite's stand-in for a server gives no process id. */
  get isRemote(): boolean {
    return typeof this.#client.processID === 'number' || this.#client.connection === undefined;
  }

  get identity(): object {
    return this.#client;
  }

  send({ text, params, name }: SentStatement, done: Done<ExecutedResult>): void {
    // The driver only reads them.
    const values = params as unknown[] | undefined;
    this.#client.query(name === undefined ? text : { name, text, values }, values, done);
  }

  sendBehind(text: string): Promise<unknown> {
    const { connection, pipeline, readyForQuery } = this.#client;
    // A client that pipelines does it by itself; of one that has not sent the first yet nothing can be said.
    if (connection?.query === undefined || pipeline === true || readyForQuery !== false) {
      return this.#client.query(text).then(({ rows: [row] }) => (row ? Object.values(row)[0] : undefined));
    }
    return new Promise((resolve, reject) => {
      // It waits in the client's queue for its answer, while its text is on the way already.
      this.#client.query(new SingleValueQuery(resolve, reject));
      connection.query?.(text);
    });
  }

  cancel(done: () => void): void {
    const { processID, secretKey, connection, host, port } = this.#client;
    if (typeof processID !== 'number' || typeof secretKey !== 'number') {
      done();
      return;
    }
    const { remoteAddress, remotePort } = connection?.stream ?? {};
    // The peer of the socket, since a name may lead elsewhere the next time; a Unix socket has none.
    if (remoteAddress !== undefined && remotePort !== undefined) {
      sendCancelRequest({ host: remoteAddress, port: remotePort }, processID, secretKey, done);
    } else if (host?.startsWith('/')) {
      sendCancelRequest({ path: `${host}/.s.PGSQL.${port}` }, processID, secretKey, done);
    } else done();
  }

  release(error?: Error): void {
    const reason = error ?? this.#fault;
    if (reason === undefined || this.#fault || (this.#mayClose && this.isRemote)) this.#giveBack(reason);
    else void this.#giveBackWhenDone();
  }

  /** For good: it is not asked for anything any more. */
  detach(): void {
    this.#client.removeListener('error', this.#onError);
  }

  /**
   * What cannot be closed, since it is the application's own or all of the database, goes back when it has done what it
   * was told, in no transaction.
   */
  async #giveBackWhenDone(): Promise<void> {
    try {
      // The client sends it when the statement that runs has ended.
      await this.#client.query('rollback');
      this.#giveBack();
    } catch (error) {
      this.#giveBack(toError(error));
    }
  }
}
