import {
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';

export interface AdaptivePoolOptions {
  /** Tells it from others in metrics and messages. @defaultValue 'default' */
  readonly name?: string;
  /**
   * Most connections in use at once; the search stays below it. At most the pool's own `max`, which should leave it
   * room: 50 rather than the usual 10. @defaultValue the pool's `max`
   */
  readonly max?: number;
  /** Most calls that wait; 0: none does. @defaultValue 1000 */
  readonly maxQueue?: number;
  /** How long a call may wait for a connection, the opening of one included. @defaultValue '30s' */
  readonly queueTimeout?: Duration;
  /** How long `stop` waits for the work in flight. @defaultValue '30s' */
  readonly stopTimeout?: Duration;
  /** Where metrics go. @defaultValue nowhere */
  readonly meter?: Meter;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/** {@link AdaptivePoolOptions}, read: times in ms. */
export interface AdaptivePoolSettings {
  readonly name: string;
  readonly max: number;
  readonly maxQueue: number;
  readonly queueTimeout: number;
  readonly stopTimeout: number;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** @throws ConfigurationError */
export function readAdaptivePoolOptions(
  options: AdaptivePoolOptions | undefined,
  poolMax: number,
): AdaptivePoolSettings {
  return readOptions<AdaptivePoolSettings>('AdaptivePool', options, {
    name: option.string().default('default'),
    max: option.integer({ min: 1, max: poolMax }).default(poolMax),
    maxQueue: option.integer({ min: 0 }).default(1000),
    queueTimeout: option.duration({ min: 1 }).default(30_000),
    stopTimeout: option.duration({ min: 0 }).default(30_000),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
  });
}
