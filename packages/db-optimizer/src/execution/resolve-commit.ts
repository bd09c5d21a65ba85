import { toError } from '@evenkeel/core';
import { Backoff } from './backoff.ts';
import { type CommitToken, commitState } from './commit-token.ts';
import type { Connections } from './connections/connection.ts';
import type { Limit } from './limit.ts';
import { sleep } from './sleep.ts';
import { takeConnection } from './take-connection.ts';

/** What came of a COMMIT whose answer was lost. */
export type CommitResolution = 'committed' | 'aborted' | 'unknown';

export interface ResolutionSettings {
  readonly connections: Connections;
  readonly limit: Limit;
  readonly random: () => number;
}

/* The server notices a lost connection, and ends its transaction, within a few of these. */
const FIRST_DELAY_MS = 5;

/**
 * Asks the server on other connections until it says what came of a transaction, no longer than the limit allows: it
 * may have to start again first. Never rejects.
 */
export async function resolveCommit(
  token: CommitToken,
  settings: ResolutionSettings,
): Promise<CommitResolution> {
  const { limit, random } = settings;
  const backoff = new Backoff(random);
  while (limit.reason === undefined) {
    const state = await ask(token, settings);
    if (state !== 'in progress') return state;
    await sleep(backoff.next(FIRST_DELAY_MS), limit);
  }
  return 'unknown';
}

/** A server that cannot be asked now is asked again, as one that is not through with it. */
async function ask(
  token: CommitToken,
  { connections, limit }: ResolutionSettings,
): Promise<CommitResolution | 'in progress'> {
  const taken = await takeConnection(connections.forTransaction(), limit);
  if (taken.kind === 'failed') return 'in progress';
  const connection = taken.value;
  try {
    const state = await limit.waitFor(commitState(connection, token));
    connection.release();
    return state;
  } catch (error) {
    connection.release(toError(error));
    return 'in progress';
  }
}
