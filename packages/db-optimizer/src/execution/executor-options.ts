import { type Clock, type Duration, option, type Queryable, readOptions, systemClock } from '@evenkeel/core';
import type { ObserveQuery } from '../queries/observation.ts';
import type { DescribeStatement } from './descriptions.ts';
import { type ExecutePlan, MAX_RETRIES } from './execution-options.ts';
import type { RetryEvent } from './retries.ts';

export interface QueryExecutorOptions {
  /** A Pool or Client of `pg`, or PGlite. On anything else with `query` there are no transactions. */
  readonly database: Queryable;
  /** Tells what a statement does. It is asked after a failure, and for what runs in a transaction. */
  readonly describe: DescribeStatement;
  /** @defaultValue '30s' */
  readonly timeout?: Duration | undefined;
  /** @defaultValue '1m' */
  readonly deadline?: Duration | undefined;
  /** @defaultValue 5 */
  readonly retries?: number | undefined;
  /** Most retries, as a share of all queries and transactions, from 0 to 1. @defaultValue 0.1 */
  readonly retryBudget?: number | undefined;
  /** Is told of each statement that was run, but not of `BEGIN`, `COMMIT` and `ROLLBACK`. @defaultValue nobody */
  readonly observe?: ObserveQuery | undefined;
  /** Is told of each retry. What it throws is ignored. @defaultValue nobody */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** For the waits between tries. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined;
}

const FIELDS = {
  database: option.withMethods<Queryable>('query'),
  describe: option.callback<DescribeStatement>(),
  timeout: option.duration({ min: 1 }).default(30_000),
  deadline: option.duration({ min: 1 }).default(60_000),
  retries: option.integer({ min: 0, max: MAX_RETRIES }).default(5),
  retryBudget: option.number({ min: 0, max: 1 }).default(0.1),
  observe: option.callback<ObserveQuery>().optional(),
  onRetry: option.callback<(event: RetryEvent) => void>().optional(),
  clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
  random: option.callback<() => number>().default(Math.random),
};

/** {@link QueryExecutorOptions}, read. */
export interface ExecutorSettings {
  readonly database: Queryable;
  readonly describe: DescribeStatement;
  readonly retryBudget: number;
  readonly observe: ObserveQuery | undefined;
  readonly onRetry: ((event: RetryEvent) => void) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Of queries that say nothing else. */
  readonly plan: ExecutePlan;
}

/** @throws ConfigurationError */
export function readExecutorOptions(options: QueryExecutorOptions): ExecutorSettings {
  const { timeout, deadline, retries, ...settings } = readOptions('QueryExecutor', options, FIELDS);
  const plan: ExecutePlan = {
    timeoutMs: timeout,
    deadlineMs: deadline,
    retries,
    retryOn: [],
    signal: undefined,
    idempotent: false,
    name: undefined,
  };
  return { ...settings, plan };
}
