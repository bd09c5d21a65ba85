import type { Connection } from './connections/connection.ts';
import { failureKind } from './failure.ts';
import type { Limit } from './limit.ts';
import type { Outcome } from './run-statement.ts';

/** Waits for a connection, no longer than the limit allows; one that comes later goes back at once. Never rejects. */
export async function takeConnection(asked: Promise<Connection>, limit: Limit): Promise<Outcome<Connection>> {
  try {
    return { kind: 'done', value: await limit.waitFor(asked) };
  } catch (error) {
    const { reason } = limit;
    if (reason === undefined || error !== reason.error) {
      return { kind: 'failed', failure: failureKind(error, 'connect'), error };
    }
    asked.then(
      (connection) => connection.release(),
      () => {},
    );
    return { kind: 'failed', failure: 'timed-out', error };
  }
}
