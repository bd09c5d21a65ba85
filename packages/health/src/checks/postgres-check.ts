import { type Duration, option, type Queryable, readOptions, readValue } from '@evenkeel/core';
import type { HealthCheck } from '../check.ts';
import { answerTime } from './answer-time.ts';

/** Options of {@link postgresCheck}. */
export interface PostgresCheckOptions {
  /** What is asked; it should read nothing large and write nothing. @defaultValue 'SELECT 1' */
  readonly query?: string;
  /** An answer that takes longer is a warning, in ms. @defaultValue 500 */
  readonly warnAfter?: Duration;
}

/**
 * Asks a PostgreSQL database: `pg`'s Pool or Client, PGlite, or anything with their `query()`. A pool is
 * asked through a connection of its own, so one that has none left fails by the check's time-out.
 *
 * @throws ConfigurationError
 */
export function postgresCheck(database: Queryable, options: PostgresCheckOptions = {}): HealthCheck {
  readValue('postgresCheck', 'database', database, option.withMethods<Queryable>('query'));
  const { query, warnAfter } = readOptions('postgresCheck', options, {
    query: option.string().default('SELECT 1'),
    warnAfter: option.duration().default(500),
  });
  return Object.assign(async () => answerTime(() => database.query(query), warnAfter), {
    dependency: true,
    componentType: 'datastore' as const,
  });
}
