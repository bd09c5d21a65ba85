import { type Queryable, toError } from '@evenkeel/core';
import { type OpenSessionOptions, openSession } from './open-session.ts';
import type { Session } from './session.ts';

export interface InspectOptions extends OpenSessionOptions {
  /** What one statement may take, in ms. @defaultValue 10000 */
  readonly statementTimeout?: number;
  /** How long a statement may wait for a lock, in ms. @defaultValue 1000 */
  readonly lockTimeout?: number;
}

/**
 * Works with the database in a session of its own, inside a transaction that may only read and is always rolled back.
 * When the signal aborts, the connection is closed and the statement under way is left to its time-out.
 */
export async function inspect<T>(
  database: Queryable,
  work: (session: Session) => Promise<T>,
  options: InspectOptions = {},
): Promise<T> {
  const { signal } = options;
  const session = await openSession(database, options);
  const aborted = abortion(signal);
  let broken: Error | undefined;
  try {
    await beginTransaction(session, options);
    return await Promise.race([work(session), aborted.promise]);
  } catch (error) {
    if (signal?.aborted) broken = toError(error);
    throw error;
  } finally {
    aborted.stop();
    // A connection that can't even roll back is of no use to anybody.
    if (!broken) await session.query('rollback').catch((error: unknown) => (broken = toError(error)));
    session.release(broken);
  }
}

export interface BeginOptions extends Pick<InspectOptions, 'statementTimeout' | 'lockTimeout'> {
  /** @defaultValue 'read only' */
  readonly mode?: 'read only' | 'read write';
}

/** Begins a transaction with its time-outs, which may only read unless said otherwise. */
export async function beginTransaction(
  session: Session,
  { statementTimeout = 10_000, lockTimeout = 1000, mode = 'read only' }: BeginOptions,
): Promise<void> {
  await session.query(`begin isolation level read committed ${mode}`);
  await session.query(
    "select set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)",
    [String(Math.round(statementTimeout)), String(Math.round(lockTimeout))],
  );
}

function abortion(signal: AbortSignal | undefined): { promise: Promise<never>; stop: () => void } {
  let onAbort = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason);
  });
  promise.catch(() => {});
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return { promise, stop: () => signal?.removeEventListener('abort', onAbort) };
}
