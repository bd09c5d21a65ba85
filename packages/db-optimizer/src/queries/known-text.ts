import { SqlError } from '../sql/sql-error.ts';
import type { Statement } from '../sql/statement.ts';
import type { QueryObservation } from './observation.ts';
import type { GroupIdentity } from './statement-group.ts';

/** What is known of a text that was seen. */
export interface KnownText {
  /** Undefined until the parser has answered. */
  identity: GroupIdentity | undefined;
  /** What to keep of it with a sample. */
  sampleText: string;
  /** Runs until then. */
  readonly pending: QueryObservation[];
  /** Tells it apart within a request. */
  requestKey: string | undefined;
}

/* What another try may cure. */
const PASSING = new Set(['SQL_TIMEOUT', 'SQL_STOPPED']);

/**
 * Finds the group of a text. Those that cannot be read are put together by the reason, so that texts of no use take no
 * memory each.
 *
 * @param hideConstants whether constants in the text may not be kept
 */
export async function identify(
  parser: { describe(text: string): Promise<Statement> },
  text: string,
  hideConstants: boolean,
): Promise<{ identity: GroupIdentity; sampleText: string }> {
  try {
    const { id, normalized, kind, parameters } = await parser.describe(text);
    const hasConstants = highestParameter(normalized) > parameters;
    const sampleText = hideConstants && hasConstants ? normalized : text;
    return { identity: { id, normalized, kind, isRead: true }, sampleText };
  } catch (error) {
    const id = error instanceof SqlError ? error.code : 'SQL_PARSER';
    return { identity: { id, normalized: `(${UNREAD[id]})`, kind: 'other', isRead: false }, sampleText: '' };
  }
}

/** Whether the text means the same when it is seen the next time. */
export function isLasting(identity: GroupIdentity): boolean {
  return identity.isRead || !PASSING.has(identity.id);
}

const UNREAD = {
  SQL_SYNTAX: 'texts that PostgreSQL 18 would not read',
  SQL_NOT_ONE_STATEMENT: 'texts of several statements, or none',
  SQL_LIMIT: 'texts that are too large to be read',
  SQL_ENCODING: 'texts with characters that PostgreSQL does not have',
  SQL_VALUES: 'texts that could not be read',
  SQL_TIMEOUT: 'texts that took too long to read',
  SQL_PARSER: 'texts that the parser failed at',
  SQL_STOPPED: 'texts that came after the parser was stopped',
} as const;

function highestParameter(normalized: string): number {
  let highest = 0;
  for (const [, number] of normalized.matchAll(/\$(\d+)/g)) highest = Math.max(highest, Number(number));
  return highest;
}
