import {
  type Clock,
  callWithTimeout,
  option,
  type Queryable,
  type QueryResult,
  readValue,
  StateError,
} from '@evenkeel/core';
import { type Connection, takeConnection } from './connection.ts';
import type { Session } from './session.ts';

export interface OpenSessionOptions {
  /** How long to wait for a free connection, in ms. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Ends the wait. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/* Databases that were seen to speak the extended protocol: asked once, since the question is an error in their log. */
const trusted = new WeakSet<object>();

/**
 * Takes one connection of the database for ourselves. From a pool it is checked out, on PGlite everybody else waits
 * until it is released, and a single client is used as it is.
 *
 * @param database `pg`'s Pool or Client, PGlite, or what resembles them
 * @throws StateError where texts of several statements are let through, or the client is inside a transaction
 * @throws TimeoutError where no connection was free in time
 */
export async function openSession(database: Queryable, options: OpenSessionOptions = {}): Promise<Session> {
  const { timeoutMs = 10_000, signal, clock } = options;
  readValue('openSession', 'database', database, option.withMethods<Queryable>('query'));
  const connection = await callWithTimeout(() => takeConnection(database), {
    timeoutMs,
    what: 'taking a connection of the database',
    signal,
    ...(clock && { clock }),
    onLate: (outcome) => 'value' in outcome && (outcome.value as Connection).release(),
  });
  try {
    if (!trusted.has(database)) {
      await checkProtocol(connection);
      trusted.add(database);
    }
    if (!connection.isOurs) await checkIdle(connection);
  } catch (error) {
    connection.release(error instanceof Error ? error : undefined);
    throw error;
  }
  return new ConnectionSession(connection);
}

class ConnectionSession implements Session {
  readonly #connection: Connection;
  #isReleased = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async query<Row>(text: string, params: readonly unknown[] = []): Promise<QueryResult<Row>> {
    if (this.#isReleased) throw new StateError('the session was released: it takes no more queries');
    const broken = this.#connection.broken();
    if (broken) throw broken;
    // What a row holds is the caller's claim, as with every driver.
    return (await this.#connection.query(text, params)) as QueryResult<Row>;
  }

  release(error?: Error): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#connection.release(error);
  }
}

const SYNTAX_ERROR = '42601';
const NO_TRANSACTION = '25P01';

/** The extended protocol refuses a text of two statements, and only it does. */
async function checkProtocol(connection: Connection): Promise<void> {
  const refused = await codeOf(connection.query('select 1; select 2', []));
  if (refused === undefined)
    throw new StateError(
      'the database lets texts of several statements through: give a Pool or Client of pg, or PGlite, not one that speaks the simple protocol',
    );
  if (refused !== SYNTAX_ERROR) throw new StateError(`the database answered a probe with error ${refused}`);
}

/** Our own transaction inside the application's would roll its work back: a savepoint is refused outside of one only. */
async function checkIdle(connection: Connection): Promise<void> {
  const code = await codeOf(connection.query('savepoint evenkeel_probe', []));
  if (code === NO_TRANSACTION) return;
  if (code === undefined) await connection.query('release savepoint evenkeel_probe', []);
  throw new StateError('the client is inside a transaction: give a Pool, or a Client of its own');
}

async function codeOf(query: Promise<unknown>): Promise<string | undefined> {
  try {
    await query;
    return undefined;
  } catch (error) {
    const { code } = error as { code?: unknown };
    // Without a code it was not the server that refused.
    if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) throw error;
    return code;
  }
}
