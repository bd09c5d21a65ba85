import {
  type Clock,
  type Duration,
  type EventSink,
  type Meter,
  noopEventSink,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import { MAX_RETRIES } from './execution/execution-options.ts';
import type { RedactParameter } from './queries/run-samples.ts';
import type { WhatIfFactory } from './what-if/choose-what-if.ts';

/** Options of `DatabaseOptimizer`. All are optional. */
export interface DatabaseOptimizerOptions {
  /** A run that takes as long is slow. @defaultValue '200ms' */
  readonly slowThreshold?: Duration;
  /**
   * A run is slow too that takes so many times the median of its statement, and at least 20 ms, once there were 30 runs;
   * 1 or more. @defaultValue 10
   */
  readonly slowFactor?: number;
  /** Runs of one statement in one request from which on it counts as repeated; 2 or more. @defaultValue 10 */
  readonly repeatThreshold?: number;
  /** Groups of like statements that are kept. @defaultValue 500 */
  readonly maxStatements?: number;
  /** Runs of each group that are kept with their values, for the advisor; 0 to 100. @defaultValue 5 */
  readonly samples?: number;
  /**
   * Gives what may be kept of a parameter's value; texts with constants are then kept in their normalised form alone.
   * @defaultValue values are kept as they are, in memory only
   */
  readonly redact?: RedactParameter;
  /** Time for each try of a query, waiting for a connection included. @defaultValue '30s' */
  readonly timeout?: Duration;
  /** Time for all of a query or transaction, retries included. @defaultValue '1m' */
  readonly deadline?: Duration;
  /** Most tries beyond the first; 0 to 20. @defaultValue 5 */
  readonly retries?: number;
  /** Most retries, as a share of all queries and transactions; 0 to 1. @defaultValue 0.1 */
  readonly retryBudget?: number;
  /** Time from one survey of the database to the next, once started. 0: none but those asked for. @defaultValue '5m' */
  readonly surveyInterval?: Duration;
  /** How to cost indexes where HypoPG is not installed: `statisticsTwin()`. @defaultValue not at all */
  readonly twin?: WhatIfFactory;
  /** Takes records of slow and repeated queries, without values. @defaultValue nobody */
  readonly sink?: EventSink;
  /** Where metrics go. @defaultValue nowhere */
  readonly meter?: Meter;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** {@link DatabaseOptimizerOptions}, read: times in ms. */
export interface DatabaseOptimizerSettings {
  readonly slowThreshold: number;
  readonly slowFactor: number;
  readonly repeatThreshold: number;
  readonly maxStatements: number;
  readonly samples: number;
  readonly redact: RedactParameter | undefined;
  readonly timeout: number;
  readonly deadline: number;
  readonly retries: number;
  readonly retryBudget: number;
  readonly surveyInterval: number;
  readonly twin: WhatIfFactory | undefined;
  readonly sink: EventSink;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly random: () => number;
}

/** @throws ConfigurationError */
export function readDatabaseOptimizerOptions(
  options: DatabaseOptimizerOptions | undefined,
): DatabaseOptimizerSettings {
  return readOptions<DatabaseOptimizerSettings>('DatabaseOptimizer', options, {
    slowThreshold: option.duration({ min: 0 }).default(200),
    slowFactor: option.number({ min: 1 }).default(10),
    repeatThreshold: option.integer({ min: 2 }).default(10),
    maxStatements: option.integer({ min: 1 }).default(500),
    samples: option.integer({ min: 0, max: 100 }).default(5),
    redact: option.callback<RedactParameter>().optional(),
    timeout: option.duration({ min: 1 }).default(30_000),
    deadline: option.duration({ min: 1 }).default(60_000),
    retries: option.integer({ min: 0, max: MAX_RETRIES }).default(5),
    retryBudget: option.number({ min: 0, max: 1 }).default(0.1),
    surveyInterval: option.duration({ min: 0 }).default(300_000),
    twin: option.callback<WhatIfFactory>().optional(),
    sink: option.withMethods<EventSink>('record').default(noopEventSink),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    random: option.callback<() => number>().default(Math.random),
  });
}
