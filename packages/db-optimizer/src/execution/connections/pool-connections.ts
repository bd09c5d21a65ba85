import { toError } from '@evenkeel/core';
import type { Connection, Connections, Done } from './connection.ts';
import { type PgClientLike, PgConnection } from './pg-connection.ts';

interface PooledClient extends PgClientLike {
  release(error?: Error): void;
}

/** What is used of a Pool of `pg`. */
export interface PgPoolLike {
  connect(done: (error: Error | undefined, client: PooledClient | undefined) => void): void;
  readonly options?: { readonly max?: number };
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** A pool of `pg`, also with PGlite behind it. */
export class PoolConnections implements Connections {
  readonly canReconnect = true;
  readonly refusal = undefined;
  readonly #pool: PgPoolLike;
  /* One for each client, for as long as it lives: a listener that came and went each time would cost more. */
  readonly #connections = new WeakMap<PooledClient, PgConnection>();

  constructor(pool: PgPoolLike) {
    this.#pool = pool;
  }

  get isSingle(): boolean {
    return this.#pool.options?.max === 1;
  }

  get hasFree(): boolean {
    // Those who came before within this turn of the event loop wait as well.
    return this.#pool.idleCount > this.#pool.waitingCount;
  }

  forStatement(done: Done<Connection>): void {
    this.#pool.connect((error, client) => {
      if (client) done(undefined, this.#connection(client));
      else done(error, undefined);
    });
  }

  forTransaction(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.forStatement((error, connection) => {
        if (connection) resolve(connection);
        else reject(toError(error));
      });
    });
  }

  #connection(client: PooledClient): PgConnection {
    const known = this.#connections.get(client);
    if (known) return known;
    const made = new PgConnection(client, true, (error) => client.release(error));
    this.#connections.set(client, made);
    return made;
  }
}
