import type { KeyvStoreAdapter } from 'keyv';
import { Cache } from '../cache.ts';
import type { CacheOptions } from '../cache-options.ts';

/** An entry of `setMany`; the time to live in ms. */
export interface KeyvStoreEntry {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number | undefined;
}

/**
 * A store for Keyv 5 over a {@link Cache}: bounded, with the strategy, limits and statistics of the cache.
 *
 * Keyv puts its namespace before the keys, and tells it to the store, which then clears and iterates over that
 * namespace only. So each Keyv needs a store of its own; several stores may share one cache. Without
 * `useKeyPrefix` there is nothing to tell namespaces apart by. A store has no failures of its own to report: what
 * a method throws, Keyv emits as `error`.
 *
 * @example
 * const keyv = new Keyv({ store: new KeyvStore({ maxBytes: '64mb' }), namespace: 'users' });
 */
export class KeyvStore implements KeyvStoreAdapter {
  /* Keyv iterates over stores only if it knows their dialect; it does nothing else with it. */
  readonly opts: Record<string, unknown> = { dialect: 'redis' };
  /** Set by Keyv. */
  namespace: string | undefined = undefined;
  /** For statistics, tags and all else that Keyv has no word for. */
  readonly cache: Cache;
  readonly #ownsCache: boolean;

  /**
   * @param cache a cache to share, or the options of one of its own, whose times to live are not shortened at
   *   random, unlike those of other caches: Keyv knows when its values expire
   * @throws ConfigurationError
   */
  constructor(cache: Cache | CacheOptions = {}) {
    this.#ownsCache = !(cache instanceof Cache);
    this.cache = cache instanceof Cache ? cache : new Cache({ ttlJitter: 0, ...cache });
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    return this.cache.get(key) as Value | undefined;
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    return keys.map((key) => this.cache.get(key) as Value | undefined);
  }

  /** @param ttl in ms. @defaultValue the `defaultTtl` of the cache */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return this.#set({ key, value, ttl });
  }

  /** Resolves with a boolean for each entry. */
  async setMany(entries: KeyvStoreEntry[]): Promise<void> {
    const results: unknown = entries.map((entry) => this.#set(entry));
    // Keyv resolves its own setMany with this, as booleans, though the interface of stores says nothing comes.
    return results as undefined;
  }

  async has(key: string): Promise<boolean> {
    return this.cache.has(key);
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return keys.map((key) => this.cache.has(key));
  }

  /** Resolves with whether it was there. */
  async delete(key: string): Promise<boolean> {
    return this.cache.delete(key);
  }

  /** Resolves with whether all were there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    return keys.map((key) => this.cache.delete(key)).every(Boolean);
  }

  /** Removes the namespace, or everything where there is none. */
  async clear(): Promise<void> {
    if (this.namespace) this.cache.invalidatePrefix(`${this.namespace}:`);
    else this.cache.clear();
  }

  /** The keys, with the namespace before them, and what Keyv has stored. */
  async *iterator<Value>(
    namespace = this.namespace,
  ): AsyncGenerator<(string | Awaited<Value> | undefined)[], void> {
    const prefix = namespace ? `${namespace}:` : '';
    for (const [key, value] of this.cache.entries()) {
      if (key.startsWith(prefix)) yield [key, value as Awaited<Value>];
    }
  }

  /** Stops the timers of the cache, if it is the store's own; what is in it can still be read. */
  async disconnect(): Promise<void> {
    if (this.#ownsCache) this.cache.stop();
  }

  /** There is nothing to hear; Keyv subscribes to the errors of every store. */
  on(_event: string, _listener: (...args: never[]) => void): this {
    return this;
  }

  #set({ key, value, ttl }: KeyvStoreEntry): boolean {
    if (ttl === undefined) return this.cache.set(key, value);
    if (ttl > 0) return this.cache.set(key, value, { ttl });
    // Expired before it came.
    if (ttl <= 0) this.cache.delete(key);
    // Such as NaN: the cache says what is wrong with it.
    return ttl <= 0 || this.cache.set(key, value, { ttl });
  }
}
