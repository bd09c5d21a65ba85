import { ConfigurationError, option, readValue } from '@evenkeel/core';
import { MAX_BYTES } from './store/layout.ts';

/** A point in the order of loads and invalidations: `cache.fence()` gives one, before a load. */
export type Fence = number;

export interface SetOptions {
  /** How long the entry is fresh: ms, a string such as `'5m'`, or `Infinity`. @defaultValue the cache's `defaultTtl` */
  readonly ttl?: number | string;
  /** What the entry can be invalidated by, besides its key. @defaultValue none */
  readonly tags?: readonly string[];
  /** How long it is kept when stale, for those who take stale values. @defaultValue 0 */
  readonly keepStale?: number | string;
  /**
   * Stores nothing if the key was set or deleted, or the key, one of the tags or everything was invalidated, since
   * the fence was taken, but for what a load has stored that began before; nor if the fence was released. @defaultValue stores whatever has happened
   */
  readonly fence?: Fence;
}

export interface InvalidateOptions {
  /** Marks stale, for those who take stale values while a new one is loaded. @defaultValue false: removes */
  readonly soft?: boolean;
}

const TTL = option.duration({ min: 0.001 });
const STALE = option.duration({ min: 0 });
const TAGS = option.listOf(option.string());

/** A time to live in ms, from what a caller gives. @throws ConfigurationError */
export function readTtl(name: string, ttl: unknown): number {
  return ttl === Infinity ? Infinity : readValue('Cache', name, ttl, TTL);
}

/** How long to keep what is stale, in ms. @throws ConfigurationError */
export function readStaleTime(name: string, time: unknown): number {
  return time === Infinity ? Infinity : readValue('Cache', name, time, STALE);
}

/** Tags, or one of them as a string. @throws ConfigurationError */
export function readTags(tags: unknown): readonly string[] {
  return readValue('Cache', 'tags', typeof tags === 'string' ? [tags] : tags, TAGS);
}

/** Options of a set, times in ms. @throws ConfigurationError */
export function readSetOptions({ ttl, keepStale, tags, fence }: SetOptions) {
  return {
    ttlMs: ttl === undefined ? undefined : readTtl('ttl', ttl),
    staleMs: keepStale === undefined ? 0 : readStaleTime('keepStale', keepStale),
    tags: tags === undefined ? undefined : readTags(tags),
    fence,
  };
}

/** The empty string is a key like any other. @throws ConfigurationError for what is no string */
export function readKey(key: unknown): string {
  if (typeof key === 'string') return key;
  throw new ConfigurationError('Cache', [{ path: 'key', value: key, expected: 'a string' }]);
}

/** Keys in a list. @throws ConfigurationError */
export function readKeys(keys: unknown): readonly string[] {
  if (Array.isArray(keys)) return keys.map(readKey);
  throw new ConfigurationError('Cache', [{ path: 'keys', value: keys, expected: 'a list of strings' }]);
}

/** @throws ConfigurationError */
export function readMaxSize(maxSize: unknown): number {
  return maxSize === Infinity ? Infinity : readValue('Cache', 'maxSize', maxSize, MAX_SIZE);
}

/** @throws ConfigurationError */
export function readWindow(share: unknown): number {
  return readValue('Cache', 'window', share, WINDOW);
}

/** What `sizeOf` has returned. @throws ConfigurationError */
export function readSize(size: unknown, key: string): number {
  if (Number.isInteger(size) && (size as number) > 0 && (size as number) <= MAX_BYTES) return size as number;
  return readValue('Cache', `sizeOf(value, ${JSON.stringify(key)})`, size, SIZE);
}

const MAX_SIZE = option.integer({ min: 1 });
const SIZE = option.integer({ min: 1, max: MAX_BYTES });
const WINDOW = option.number({ min: 0.001, max: 0.999 });
