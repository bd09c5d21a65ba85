/**
 * What went wrong, as far as it decides what may be done about it.
 *
 * - `conflict`: the server undid it for the sake of others; run again, it will probably do.
 * - `unavailable`: no connection could be made.
 * - `not-sent`: the connection was dead already.
 * - `lost`: the connection broke while an answer was due; whether the statement ran is not known.
 * - `stale-plan`: the connection has a prepared statement that no longer fits its tables, or has lost it.
 * - `read-only-server`: the connection leads to a server that takes no writes (any more).
 * - `overload`: no connection became free in time; asking again at once would make it worse.
 * - `timed-out`: it took longer than it may, and was stopped.
 * - `unanswered`: it took longer than it may, and did not stop; whether it will take effect is not known.
 * - `other`: the statement's or the caller's own fault.
 */
export type FailureKind =
  | 'conflict'
  | 'unavailable'
  | 'not-sent'
  | 'lost'
  | 'stale-plan'
  | 'read-only-server'
  | 'overload'
  | 'timed-out'
  | 'unanswered'
  | 'other';

/** What is done about failures of one kind. */
export interface Treatment {
  /** Whether nothing was changed for certain. */
  readonly isUndone: boolean;
  /** When a statement may be repeated; a transaction may also be where its COMMIT was not sent. */
  readonly repeat: 'always' | 'if-harmless' | 'once' | 'never';
  /** Whether the connection is of no more use. */
  readonly discard: boolean;
  /** Where the back-off begins, in ms: a server takes longer to start than a conflict to pass. */
  readonly delayMs: number;
}

export const TREATMENTS: Readonly<Record<FailureKind, Treatment>> = {
  conflict: { isUndone: true, repeat: 'always', discard: false, delayMs: 5 },
  unavailable: { isUndone: true, repeat: 'always', discard: true, delayMs: 100 },
  'not-sent': { isUndone: true, repeat: 'always', discard: true, delayMs: 5 },
  lost: { isUndone: false, repeat: 'if-harmless', discard: true, delayMs: 10 },
  'stale-plan': { isUndone: true, repeat: 'once', discard: true, delayMs: 5 },
  'read-only-server': { isUndone: true, repeat: 'once', discard: true, delayMs: 100 },
  overload: { isUndone: true, repeat: 'never', discard: false, delayMs: 0 },
  'timed-out': { isUndone: true, repeat: 'never', discard: false, delayMs: 0 },
  unanswered: { isUndone: false, repeat: 'never', discard: true, delayMs: 0 },
  other: { isUndone: true, repeat: 'never', discard: false, delayMs: 0 },
};

/** SQLSTATEs (PostgreSQL, appendix A) and codes of sockets and name servers. */
const KINDS_BY_CODE: Readonly<Record<string, FailureKind>> = {
  '40000': 'conflict', // transaction_rollback
  '40001': 'conflict', // serialization_failure, also at COMMIT
  '40P01': 'conflict', // deadlock_detected
  '53300': 'unavailable', // too_many_connections
  '57P03': 'unavailable', // cannot_connect_now: starting up, shutting down
  '08001': 'unavailable', // sqlclient_unable_to_establish_sqlconnection
  '08004': 'unavailable', // sqlserver_rejected_establishment_of_sqlconnection
  '08003': 'not-sent', // connection_does_not_exist
  '08000': 'lost', // connection_exception
  '08006': 'lost', // connection_failure
  '08007': 'lost', // transaction_resolution_unknown
  '40003': 'lost', // statement_completion_unknown
  '57P01': 'lost', // admin_shutdown
  '57P02': 'lost', // crash_shutdown
  '26000': 'stale-plan', // invalid_sql_statement_name: a pooler changed the server behind a named statement
  '25006': 'read-only-server', // read_only_sql_transaction
  ECONNREFUSED: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  ENETUNREACH: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  EHOSTDOWN: 'unavailable',
  ECONNRESET: 'lost',
  ECONNABORTED: 'lost',
  EPIPE: 'lost',
  ETIMEDOUT: 'lost',
  ENETDOWN: 'lost',
};

/** What `pg` says without a code, by how the message begins. */
const KINDS_BY_MESSAGE: readonly (readonly [string, FailureKind])[] = [
  ['Connection terminated due to connection timeout', 'unavailable'],
  ['timeout expired', 'unavailable'],
  ['Connection terminated', 'lost'],
  ['Client has encountered a connection error and is not queryable', 'not-sent'],
  ['Client was closed and is not queryable', 'not-sent'],
  ['timeout exceeded when trying to connect', 'overload'],
  ['Query read timeout', 'unanswered'],
];

/**
 * What kind of failure an error is that the driver gave.
 *
 * @param phase while a connection is made nothing has been sent, whatever goes wrong
 */
export function failureKind(error: unknown, phase: 'connect' | 'statement'): FailureKind {
  const kind = kindOf(error);
  return phase === 'connect' && (kind === 'lost' || kind === 'not-sent') ? 'unavailable' : kind;
}

function kindOf(error: unknown): FailureKind {
  const { code, message, routine, severity } = asDriverError(error);
  if (typeof code === 'string') {
    // The message may be in any language; the code also stands for what is really not supported.
    if (code === '0A000') return routine === 'RevalidateCachedQuery' ? 'stale-plan' : 'other';
    // protocol_violation: PgBouncer has lost its server; as a mere error, parameters do not fit the statement.
    if (code === '08P01') return severity === 'FATAL' ? 'lost' : 'other';
    return Object.hasOwn(KINDS_BY_CODE, code) ? (KINDS_BY_CODE[code] ?? 'other') : 'other';
  }
  if (typeof message !== 'string') return 'other';
  return KINDS_BY_MESSAGE.find(([start]) => message.startsWith(start))?.[1] ?? 'other';
}

/** Whether the server or the driver has ended the connection with it. */
export function endsConnection(error: unknown, kind: FailureKind): boolean {
  if (TREATMENTS[kind].discard) return true;
  const { code, severity } = asDriverError(error);
  // What is no answer of the server is trouble in the driver, which may have left an answer unread.
  return severity === 'FATAL' || severity === 'PANIC' || typeof code !== 'string';
}

/** The SQLSTATE, or whatever else is the error's code. */
export function codeOf(error: unknown): string | undefined {
  const { code } = asDriverError(error);
  return typeof code === 'string' ? code : undefined;
}

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly routine?: unknown;
  readonly severity?: unknown;
}

function asDriverError(error: unknown): DriverError {
  return typeof error === 'object' && error !== null ? error : {};
}
