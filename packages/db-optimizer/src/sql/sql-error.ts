import { EvenkeelError } from '@evenkeel/core';

/**
 * - `SQL_SYNTAX`: PostgreSQL's grammar refuses it
 * - `SQL_NOT_ONE_STATEMENT`: none, or several, where one is expected
 * - `SQL_LIMIT`: too long, too deep, or a list or chain of operators with too many items
 * - `SQL_ENCODING`: a NUL byte, or half of a surrogate pair
 * - `SQL_VALUES`: values that do not fit the parameters
 * - `SQL_TIMEOUT`: reading it took too long
 * - `SQL_PARSER`: the parser cannot start, or died of this text
 * - `SQL_STOPPED`: the parser was stopped
 */
export type SqlErrorCode =
  | 'SQL_SYNTAX'
  | 'SQL_NOT_ONE_STATEMENT'
  | 'SQL_LIMIT'
  | 'SQL_ENCODING'
  | 'SQL_VALUES'
  | 'SQL_TIMEOUT'
  | 'SQL_PARSER'
  | 'SQL_STOPPED';

export interface SqlErrorOptions {
  readonly code: SqlErrorCode;
  /** Where in the text, as an index of the string. */
  readonly position?: number | undefined;
  readonly cause?: unknown;
}

/** A text that cannot be read as one statement of PostgreSQL, or not within the limits. */
export class SqlError extends EvenkeelError {
  override readonly name = 'SqlError';
  declare readonly code: SqlErrorCode;
  /** Where in the text, as an index of the string; undefined where it is not known. */
  readonly position: number | undefined;

  constructor(message: string, { code, position, cause }: SqlErrorOptions) {
    super(message, { code, cause });
    this.position = position;
  }
}
