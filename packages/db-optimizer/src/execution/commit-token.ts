import { errorMessage } from '@evenkeel/core';
import { answerTo, type Connection, plain } from './connections/connection.ts';
import { codeOf } from './failure.ts';

/** By what it can be found out, on another connection, what came of a transaction. */
export interface CommitToken {
  readonly xid: string;
  /** Of the server's history; `undefined` where the server does not tell. */
  readonly history: string | undefined;
}

/**
 * The transaction's id, as text. It is assigned where it was not, so that there is one whatever COMMIT itself does:
 * NOTIFY and deferred triggers write then. A standby has none to give, and nothing to lose.
 */
export const XID_QUERY =
  'select case when pg_is_in_recovery() then null else pg_current_xact_id()::text end as xid';

/*
 * Ids are only unique within one history of a server: after a crash those whose records were not on the disk yet are
 * given again, and after a fail-over to a standby that was behind as well. The timeline tells of the one, the time
 * since when statistics were kept of the other: a crash loses them, an orderly restart does not.
 */
const HISTORY_QUERY = `select concat_ws(' ',
  case when pg_is_in_recovery() then 'standby' else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end,
  extract(epoch from pg_stat_get_bgwriter_stat_reset_time())) as history`;

/* One query a connection, not one a transaction: a crash ends every connection. */
const histories = new WeakMap<object, Promise<string | undefined>>();

/** Which history of its server a connection sees. Not within a transaction. Never rejects. */
export function historyOf(connection: Connection): Promise<string | undefined> {
  const known = histories.get(connection.identity);
  if (known) return known;
  const asked = answerTo(connection, plain(HISTORY_QUERY)).then(
    ({ rows: [row] }) => (typeof row?.history === 'string' ? row.history : undefined),
    // Managed servers do not tell everybody everything.
    () => undefined,
  );
  histories.set(connection.identity, asked);
  return asked;
}

/** What became of a transaction, as a connection to the same server tells. */
export type CommitState = 'committed' | 'aborted' | 'in progress' | 'unknown';

/* invalid_parameter_value: the id has not been given yet. */
const IN_THE_FUTURE = '22023';

/** Asks on a connection other than the transaction's own. @throws where the connection fails */
export async function commitState(connection: Connection, token: CommitToken): Promise<CommitState> {
  const history = await historyOf(connection);
  const isSameHistory = history === undefined || token.history === undefined || history === token.history;
  const state = await askState(connection, token.xid);
  if (state === 'standby') return 'in progress';
  if (isSameHistory) return state === 'future' ? 'unknown' : state;
  // In another history the id may be somebody else's by now: only where nobody's was committed, ours was not either.
  return state === 'committed' || state === 'unknown' ? 'unknown' : 'aborted';
}

const STATE_QUERY =
  "select case when pg_is_in_recovery() then 'standby' else pg_xact_status($1::xid8) end as state";

async function askState(connection: Connection, xid: string): Promise<CommitState | 'standby' | 'future'> {
  try {
    const { rows } = await answerTo(connection, plain(STATE_QUERY, [xid]));
    const state = rows[0]?.state;
    return state === 'standby' || state === 'committed' || state === 'aborted' || state === 'in progress'
      ? state
      : 'unknown';
  } catch (error) {
    if (codeOf(error) === IN_THE_FUTURE && errorMessage(error).includes(xid)) return 'future';
    throw error;
  }
}
