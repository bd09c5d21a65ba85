import type { Queryable, QueryResult } from '@evenkeel/core';

/** How a connection is reached: taken from a pool, out of the queue of an embedded database, or given as it is. */
export interface Connection {
  /** `params` are always sent along, and always by the extended protocol where the driver lets us ask for it. */
  query(text: string, params: readonly unknown[]): Promise<QueryResult<unknown>>;
  /** Gives it back; with an error it is closed, where it is not the application's own. */
  release(error?: Error): void;
  /** Resolves to what broke the connection while nothing was asked of it. */
  readonly broken: () => Error | undefined;
  /** Whether nobody else has it until it is released. */
  readonly isOurs: boolean;
}

/** Takes a connection of whatever the application gave: a Pool or Client of `pg`, PGlite, or what resembles them. */
export async function takeConnection(database: Queryable): Promise<Connection> {
  if (isPool(database)) {
    const client = await database.connect();
    return driverConnection(client, true, (error) => client.release(error));
  }
  if (isEmbedded(database)) return await embeddedConnection(database);
  return driverConnection(database, false, () => {});
}

interface PoolLike {
  connect(): Promise<Queryable & { release(error?: Error): void }>;
}

/** Its counters tell a pool from a client, which can `connect` too. */
function isPool(database: Queryable): database is Queryable & PoolLike {
  return hasMethod(database, 'connect') && 'totalCount' in database;
}

interface EmbeddedLike {
  transaction(run: (connection: Queryable) => Promise<void>): Promise<void>;
}

/** PGlite: one connection for everybody, with a queue before it. */
function isEmbedded(database: Queryable): database is Queryable & EmbeddedLike {
  return hasMethod(database, 'transaction') && hasMethod(database, 'execProtocol');
}

function hasMethod(value: object, name: string): boolean {
  return typeof (value as Record<string, unknown>)[name] === 'function';
}

interface Listening {
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

function driverConnection(client: Queryable, isOurs: boolean, giveBack: (error?: Error) => void): Connection {
  let broken: Error | undefined;
  // Without a listener, a connection that is lost while idle would end the process.
  const listening = hasMethod(client, 'on') && hasMethod(client, 'removeListener');
  const emitter = client as Queryable & Listening;
  const onError = (error: Error): void => {
    broken = error;
  };
  if (listening) emitter.on('error', onError);
  return {
    query: configurable(client)
      ? (text, params) => client.query({ text, values: [...params], queryMode: 'extended' })
      : (text, params) => client.query(text, [...params]),
    release(error) {
      if (listening) emitter.removeListener('error', onError);
      giveBack(error ?? broken);
    },
    broken: () => broken,
    isOurs,
  };
}

interface Configurable {
  query(config: { text: string; values: unknown[]; queryMode: 'extended' }): Promise<QueryResult<unknown>>;
}

/** `pg`'s clients, which take a configuration in place of a text. */
function configurable(client: object): client is Configurable {
  return 'connectionParameters' in client || 'processID' in client;
}

async function embeddedConnection(database: EmbeddedLike): Promise<Connection> {
  let end: (reason: unknown) => void = () => {};
  const released = new Promise<void>((_, reject) => {
    end = reject;
  });
  // Its queue is held for as long as the callback runs; the transaction it begins is ended, for ours to take its place.
  const done = Symbol('released');
  const inner = await new Promise<Queryable>((resolve, reject) => {
    database
      .transaction(async (connection) => {
        await connection.query('rollback', []);
        resolve(connection);
        await released;
      })
      .catch((error: unknown) => {
        // Rejecting makes PGlite roll back whatever was left open.
        if (error !== done) reject(error);
      });
  });
  return {
    query: (text, params) => inner.query(text, [...params]),
    release: () => end(done),
    broken: () => undefined,
    isOurs: true,
  };
}
