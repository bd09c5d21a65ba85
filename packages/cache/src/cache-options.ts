import { type Clock, option, readOptions, systemClock } from '@evenkeel/core';
import { STRATEGIES, type Strategy } from './policies/index.ts';
import { VALUE_MODES, type ValueMode } from './values/value-modes.ts';

/** Bytes of an entry, by the user's own reckoning. */
export type SizeOf<Value> = (value: Value, key: string) => number;

export interface CacheOptions<Value = unknown> {
  /**
   * Which entry goes when the cache is full. `adaptive` needs no tuning; `ttl` lets go what expires soonest.
   *
   * @defaultValue 'adaptive'
   */
  readonly strategy?: Strategy;
  /** Most entries. @defaultValue 10,000, or no limit where `maxBytes` is given */
  readonly maxSize?: number;
  /**
   * Most bytes, or a string such as `'64mb'`. Keys and what the cache itself needs for an entry count too, unless
   * `sizeOf` is given. @defaultValue no limit
   */
  readonly maxBytes?: number | string;
  /**
   * Larger entries are refused, in bytes: one that would push out all others is no gain.
   *
   * @defaultValue maxBytes
   */
  readonly maxEntryBytes?: number | string;
  /** Bytes of an entry; a positive integer. @defaultValue an estimate of what the value takes in memory */
  readonly sizeOf?: SizeOf<Value>;
  /** How long entries are fresh: ms, a string such as `'5m'`, or `Infinity`. @defaultValue Infinity */
  readonly defaultTtl?: number | string;
  /**
   * Each time to live is shortened by a random part of itself up to this ratio, so that what was stored together
   * does not expire together. @defaultValue 0.1
   */
  readonly ttlJitter?: number;
  /**
   * `reference` keeps values as they are; `freeze` freezes them deeply; `clone` copies them in and out;
   * `serialized` keeps them as bytes. @defaultValue 'reference'
   */
  readonly valueMode?: ValueMode;
  /**
   * Packs large values that have not been read for a while. They come out as copies of what went in.
   *
   * @defaultValue false
   */
  readonly enableCompression?: boolean;
  /** Values smaller than this are never packed, in bytes. @defaultValue '32kb' */
  readonly compressionThreshold?: number | string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Numbers from 0 to 1, for the jitter. @defaultValue Math.random */
  readonly random?: () => number;
}

/* Enough to be of use, too few to hurt: 10,000 entries of 10 kB are 100 MB. */
const DEFAULT_MAX_SIZE = 10_000;

/** The fields of {@link CacheOptions}, for those who read them among options of their own. */
export const CACHE_FIELDS = {
  strategy: option.oneOf(STRATEGIES).default('adaptive'),
  maxSize: option.integer({ min: 1 }).optional(),
  maxBytes: option.bytes({ min: 1 }).optional(),
  maxEntryBytes: option.bytes({ min: 1 }).optional(),
  sizeOf: option.callback<SizeOf<unknown>>().optional(),
  defaultTtl: option.duration({ min: 1 }).optional(),
  ttlJitter: option.number({ min: 0, max: 1 }).default(0.1),
  valueMode: option.oneOf(VALUE_MODES).default('reference'),
  enableCompression: option.boolean().default(false),
  compressionThreshold: option.bytes({ min: 1 }).default(32 * 1024),
  clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
  random: option.callback<() => number>().default(Math.random),
};

/** {@link CacheOptions}, read, with their defaults: times in ms, sizes in bytes. */
export type CacheSettings = ReturnType<typeof readCacheOptions>;

export function readCacheOptions(options: unknown) {
  const read = readOptions('Cache', withoutInfinity(options), CACHE_FIELDS);
  const { maxSize = read.maxBytes === undefined ? DEFAULT_MAX_SIZE : Infinity } = read;
  const { maxBytes = Infinity, defaultTtl = Infinity } = read;
  return { ...read, maxSize, maxBytes, defaultTtl, maxEntryBytes: read.maxEntryBytes ?? maxBytes };
}

/* `Infinity` is no duration and no number of entries, but says well what leaving these out says. */
const UNLIMITED = ['maxSize', 'maxBytes', 'maxEntryBytes', 'defaultTtl'];

export function withoutInfinity(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== Infinity || !UNLIMITED.includes(name)),
  );
}
