import type { Tunable } from '@evenkeel/core';
import { type CacheOptions, readCacheOptions } from './cache-options.ts';
import type { CacheStats } from './cache-statistics.ts';
import type { HotKey } from './hot-keys.ts';
import { compilePattern } from './keys/key-pattern.ts';
import {
  type Fence,
  type InvalidateOptions,
  readKey,
  readMaxSize,
  readTags,
  readWindow,
  type SetOptions,
} from './set-options.ts';
import { CacheStore } from './store/cache-store.ts';
import { sizeTunable, windowTunable } from './tunables.ts';

/**
 * The synchronous core: a bounded map of keys to values with times to live, tags, byte limits and an eviction
 * strategy. A hit is a `Map.get` and a look at the guard of the entry and the value; see the benchmark `cache-speed`.
 *
 * `undefined` can be a value: `has()` tells. Expiry has a resolution of 1 ms, and time stands still for it while
 * the event loop is blocked. Its only timers are those of the sweeper, which frees what has expired or was
 * invalidated in slices of less than a millisecond, and none keeps the process alive.
 *
 * @throws ConfigurationError from the constructor, and from methods given keys, tags or times that are none
 */
export class Cache<Value = unknown> {
  readonly #store: CacheStore<Value>;
  readonly #configuredSize: number;

  /** @param options those of the cache; a store is for the manager, which shares its own */
  constructor(options?: CacheOptions<Value> | CacheStore<Value>) {
    this.#store = options instanceof CacheStore ? options : new CacheStore(readCacheOptions(options));
    this.#configuredSize = this.#store.maxSize;
  }

  /** The value, if it is there and fresh. */
  get(key: string): Value | undefined {
    return this.#store.get(key);
  }

  /** The value, if it is there and fresh; neither the statistics nor the strategy hear of it. */
  peek(key: string): Value | undefined {
    const entry = this.#store.find(key);
    return entry !== undefined && this.#store.isFresh(entry) ? this.#store.valueOf(entry) : undefined;
  }

  /** Whether the key has a fresh value, which may be `undefined`. */
  has(key: string): boolean {
    const entry = this.#store.find(key);
    return entry !== undefined && this.#store.isFresh(entry);
  }

  /**
   * Stores the value. False: it was refused, as larger than `maxEntryBytes` (what the key had is then gone too) or
   * by the fence.
   *
   * @throws ConfigurationError
   */
  set(key: string, value: Value, options?: SetOptions): boolean {
    return this.#store.set(key, value, options);
  }

  /** Removes the key. Returns whether it had a value that was not dead yet. */
  delete(key: string): boolean {
    return this.#store.delete(key);
  }

  /** Removes everything, at once. */
  clear(): void {
    this.#store.clear();
  }

  /**
   * Invalidates every entry with one of the tags: constant time, however many they are. Their memory is freed in
   * slices, in the background.
   */
  invalidateTags(tags: string | readonly string[], { soft = false }: InvalidateOptions = {}): void {
    this.#store.invalidateTags(readTags(tags), soft);
  }

  /** Invalidates every key that begins so; constant time, as tags. */
  invalidatePrefix(prefix: string, { soft = false }: InvalidateOptions = {}): void {
    this.#store.invalidatePrefix(readKey(prefix), soft);
  }

  /**
   * Invalidates every key that matches a glob (`*`, `?`, `[a-z]`, as in Redis) or a regular expression; constant time,
   * as tags.
   */
  invalidatePattern(pattern: string | RegExp, { soft = false }: InvalidateOptions = {}): void {
    const { prefix, test } = compilePattern(pattern);
    if (prefix === undefined) this.#store.invalidateMatching(test, soft);
    else this.#store.invalidatePrefix(prefix, soft);
  }

  /**
   * Marks the beginning of a load: `set(key, value, { fence })` stores its value only if nothing has happened to the
   * key since. `release` it when the load is over, whatever came of it.
   */
  fence(): Fence {
    return this.#store.fence();
  }

  /** The load that the fence was for is over: from now on the fence refuses everything. */
  release(fence: Fence): void {
    this.#store.release(fence);
  }

  /** Whether something has happened to the key, or to one of the tags, since the fence was taken. */
  isFenced(key: string, fence: Fence, tags?: readonly string[]): boolean {
    return this.#store.isFenced(key, fence, tags);
  }

  /** The keys that are there and fresh, in no particular order. */
  *keys(): IterableIterator<string> {
    for (const entry of this.#store.fresh()) yield entry.key;
  }

  /** The keys and values that are there and fresh, in no particular order. */
  *entries(): IterableIterator<[string, Value]> {
    for (const entry of this.#store.fresh()) yield [entry.key, this.#store.valueOf(entry)];
  }

  /** Entries that are there, dead ones that have not been swept yet among them. */
  get size(): number {
    return this.#store.size;
  }

  /** Most entries; lowering it evicts. */
  get maxSize(): number {
    return this.#store.maxSize;
  }

  set maxSize(maxSize: number) {
    this.#store.maxSize = readMaxSize(maxSize);
  }

  /** The share of the entries that the `adaptive` strategy gives to newcomers; other strategies have none. */
  get window(): number | undefined {
    return this.#store.window;
  }

  /** Gives the newcomers of the `adaptive` strategy a share of the entries; `undefined`: as it finds best. */
  pinWindow(share: number | undefined): void {
    this.#store.pinWindow(share === undefined ? undefined : readWindow(share));
  }

  /** What an optimizer may turn: the number of entries, where it is limited, and the share of newcomers. */
  tunables(): readonly Tunable[] {
    return [
      ...(this.#configuredSize === Infinity ? [] : [sizeTunable(this, this.#configuredSize)]),
      ...(this.window === undefined ? [] : [windowTunable(this, this.window)]),
    ];
  }

  /** What it has done since it was made. */
  getStats(): CacheStats {
    return this.#store.getStats();
  }

  /** The keys that are read most, estimated from about one hit in 256; see {@link HotKey}. */
  hottestKeys(count = 10): readonly HotKey[] {
    return this.#store.hottestKeys(count);
  }

  /** Removes what is dead now, all of it, instead of in the background. */
  sweep(): void {
    this.#store.sweep();
  }

  /** Cancels the timers. The cache goes on to work: dead entries are then found when read or evicted. */
  stop(): void {
    this.#store.stop();
  }
}
