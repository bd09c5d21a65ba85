import type { QueryResult } from '@evenkeel/core';

/** One connection of the database, ours alone until it is released. */
export interface Session {
  /**
   * Runs one statement by the extended protocol, which refuses a text of several: what was smuggled in after a
   * semicolon is a syntax error, not a second statement.
   */
  query<Row = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Gives the connection back; with an error it is closed instead. Idempotent. */
  release(error?: Error): void;
}
