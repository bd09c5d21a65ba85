import { type Clock, type Fields, option, systemClock } from '@evenkeel/core';
import type { IoredisClient } from './ioredis-driver.ts';
import type { NodeRedisClient } from './node-redis-driver.ts';

/** Options of {@link RedisTier}. Times in ms, or as `'30s'`; sizes in bytes, or as `'1mb'`. */
export interface RedisTierOptions {
  /**
   * A client of redis 6 (`createClient()`) or ioredis 5 (`new Redis()`), connected or not. The tier makes
   * connections of its own with the client's options, and neither uses nor closes the client itself. Not a cluster:
   * the tier's keys are on one server.
   */
  readonly client: NodeRedisClient | IoredisClient;
  /**
   * What the names of all keys begin with. Instances with the same prefix share entries and invalidations; a key
   * prefix of the client is not used. @defaultValue 'evenkeel:'
   */
  readonly prefix?: string;
  /**
   * How long after its acknowledgement an invalidation may, at worst, remain unheard by another instance, which is
   * when its link to Redis is silent: without one it is heard at once. Redis is asked four times in that time;
   * after twice that time without an answer the connection is given up. At least 100 ms. @defaultValue '1s'
   */
  readonly staleBound?: number | string;
  /**
   * How long a read, a write or an invalidation may take before Redis counts as away for it. Prefixes and patterns
   * are searched in slices, each of which may take as long. @defaultValue 50
   */
  readonly deadline?: number | string;
  /**
   * Failures in a row after which Redis is left alone, but for a trial now and then: after 100 ms, then after twice
   * as long as before up to 5 s, with jitter. @defaultValue 5
   */
  readonly breakerThreshold?: number;
  /** How long entries are kept at most, whatever their own time. @defaultValue '7d' */
  readonly maxTtl?: number | string;
  /** Larger payloads are not stored in Redis, and counted. @defaultValue '1mb' */
  readonly maxPayloadBytes?: number | string;
  /** Invalidations remembered while Redis is away; beyond that they become one of everything. @defaultValue 10_000 */
  readonly maxPending?: number;
  /** Whether at a miss one instance loads and the others wait for what it stores. @defaultValue false */
  readonly fleetSingleFlight?: boolean;
  /** With `fleetSingleFlight`: how long an instance has for its load before another may begin. @defaultValue '5s' */
  readonly leaseTtl?: number | string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Source of jitter, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** The options read: times in ms, sizes in bytes. */
export interface RedisTierSettings {
  readonly client: unknown;
  readonly prefix: string;
  readonly staleBound: number;
  readonly deadline: number;
  readonly breakerThreshold: number;
  readonly maxTtl: number;
  readonly maxPayloadBytes: number;
  readonly maxPending: number;
  readonly fleetSingleFlight: boolean;
  readonly leaseTtl: number;
  readonly clock: Clock;
  readonly random: () => number;
}

export const SETTINGS: Fields<RedisTierSettings> = {
  client: option.withMethods<object>(),
  prefix: option.string().default('evenkeel:'),
  staleBound: option.duration({ min: 100 }).default(1000),
  deadline: option.duration({ min: 1 }).default(50),
  breakerThreshold: option.integer({ min: 1 }).default(5),
  maxTtl: option.duration({ min: 1000 }).default(7 * 24 * 3_600_000),
  maxPayloadBytes: option.bytes({ min: 1 }).default(2 ** 20),
  maxPending: option.integer({ min: 1 }).default(10_000),
  fleetSingleFlight: option.boolean().default(false),
  leaseTtl: option.duration({ min: 10 }).default(5000),
  clock: option.withMethods<Clock>('monotonic', 'setTimeout', 'setInterval').default(systemClock),
  random: option.callback<() => number>().default(Math.random),
};
