import {
  type Clock,
  ConfigurationError,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import { isOverloadError } from './is-overload.ts';
import { fixed } from './strategies/fixed.ts';
import { gradient } from './strategies/gradient.ts';
import type { LimitStrategy } from './strategies/limit-strategy.ts';

/** Who is served first among those who wait. */
export type CallPriority = 'high' | 'medium' | 'low';

/** First to last. */
export const CALL_PRIORITIES: readonly CallPriority[] = ['high', 'medium', 'low'];

/** Options of `ConcurrencyLimiter`. All are optional. */
export interface ConcurrencyLimiterOptions {
  /** A limit that stays: short for `strategy: fixed({ limit })`. @defaultValue none */
  readonly limit?: number;
  /** Finds the limit: `gradient()`, `aimd()`, `fixed()` or one's own. @defaultValue gradient() */
  readonly strategy?: LimitStrategy;
  /** Calls that may wait; further ones are refused at once. 0: nobody waits. @defaultValue 1000 */
  readonly maxQueue?: number;
  /** How long a call may wait for its slot. @defaultValue 30_000 */
  readonly queueTimeout?: Duration;
  /** A call that has been running for longer is counted as hung. @defaultValue 30_000 */
  readonly hungAfter?: Duration;
  /**
   * So many slots held by hung calls are given to others, beyond the limit. The work of hung calls may still
   * be going on, so that as many more than the limit may run. @defaultValue 0
   */
  readonly replaceHung?: number;
  /** Whether an error speaks of too much load, rather than of the call. @defaultValue isOverloadError */
  readonly isOverload?: (error: unknown) => boolean;
  /** Tells it from others in metrics and messages. @defaultValue 'default' */
  readonly name?: string;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Where metrics go. @defaultValue nowhere */
  readonly meter?: Meter;
}

/** {@link ConcurrencyLimiterOptions}, read: times in ms. */
export interface LimiterSettings {
  readonly strategy: LimitStrategy;
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
  readonly hungAfterMs: number;
  readonly replaceHung: number;
  readonly isOverload: (error: unknown) => boolean;
  readonly name: string;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** @throws ConfigurationError */
export function readLimiterOptions(options: ConcurrencyLimiterOptions | undefined): LimiterSettings {
  const owner = 'ConcurrencyLimiter';
  const { limit, strategy, queueTimeout, hungAfter, ...read } = readOptions(owner, options, {
    limit: option.integer({ min: 1 }).optional(),
    strategy: option.withMethods<LimitStrategy>('record').optional(),
    maxQueue: option.integer({ min: 0 }).default(1000),
    queueTimeout: option.duration({ min: 1 }).default(30_000),
    hungAfter: option.duration({ min: 1 }).default(30_000),
    replaceHung: option.integer({ min: 0 }).default(0),
    isOverload: option.callback<(error: unknown) => boolean>().default(isOverloadError),
    name: option.string().default('default'),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
  });
  if (limit !== undefined && strategy !== undefined) {
    throw new ConfigurationError(owner, [
      { path: 'limit', value: limit, expected: 'absent where there is a strategy: fixed({ limit }) is one' },
    ]);
  }
  if (strategy && !isLimit(strategy.limit)) {
    const expected = 'a positive integer';
    throw new ConfigurationError(owner, [{ path: 'strategy.limit', value: strategy.limit, expected }]);
  }
  return {
    ...read,
    strategy: strategy ?? (limit === undefined ? gradient() : fixed({ limit })),
    queueTimeoutMs: queueTimeout,
    hungAfterMs: hungAfter,
  };
}

/** Whether it can be the number of calls that may be in flight. */
export function isLimit(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
