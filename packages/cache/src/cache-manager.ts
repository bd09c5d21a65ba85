import {
  type Clock,
  type ComponentHealth,
  Emitter,
  type ManagedComponent,
  option,
  type Recommendation,
  readValue,
  type Tunable,
} from '@evenkeel/core';
import { Cache } from './cache.ts';
import type { CacheEvents } from './cache-events.ts';
import { type CacheManagerOptions, readManagerOptions } from './cache-manager-options.ts';
import type { HotKey } from './hot-keys.ts';
import { applyInvalidation } from './invalidation/apply-invalidation.ts';
import { argumentKey } from './keys/argument-key.ts';
import { compilePattern } from './keys/key-pattern.ts';
import {
  type LoadContext,
  type Loader,
  type LoadOptions,
  type LoadSettings,
  readLoadSettings,
} from './loading/load-options.ts';
import { Loads } from './loading/loads.ts';
import { adviseOn } from './manager-advice.ts';
import { ManagerMetrics } from './manager-metrics.ts';
import { type CacheManagerStats, ManagerStatistics } from './manager-statistics.ts';
import { type InvalidateOptions, readKey, readKeys, readTags, type SetOptions } from './set-options.ts';
import { CacheStore } from './store/cache-store.ts';
import { BothTiers } from './tier/both-tiers.ts';
import { PayloadCodec } from './tier/payload-codec.ts';
import type { Invalidation, SecondTier } from './tier/second-tier.ts';
import { TierGateway } from './tier/tier-gateway.ts';
import { jsonSerializer } from './values/serializer.ts';

/** Loads several keys at once: a map of keys to values, or a list of values in the order of the keys. */
export type ManyLoader<T> = (
  keys: readonly string[],
  context: LoadContext,
) => ReadonlyMap<string, T> | readonly T[] | PromiseLike<ReadonlyMap<string, T> | readonly T[]>;

export interface MemoizeOptions<T> extends LoadOptions<T> {
  /**
   * What the keys begin with. Functions of one name share their results, on all instances with the same second tier.
   *
   * @defaultValue a name that no other function of the process has; with a second tier there is no default
   */
  readonly name?: string;
}

/** A function whose results are cached by its arguments. */
export interface Memoized<Args extends readonly unknown[], T> {
  (...args: Args): Promise<T>;
  /** The key of the result for these arguments. @throws UnkeyableError */
  keyOf(...args: Args): string;
}

/**
 * The cache of an application: loads what is missing, once for all who ask; gives stale values where that was asked
 * for; and never gives, or stores, what was loaded before an invalidation. With a second tier it shares
 * values and invalidations with other instances, and goes on without it while it is away.
 *
 * @throws ConfigurationError
 * @example
 * const cache = new CacheManager({ maxSize: 10_000, defaultTtl: '5m' });
 * const user = await cache.getOrLoad(`user:${id}`, () => database.user(id), { tags: ['users'] });
 * await cache.invalidateTags('users');
 */
export class CacheManager extends Emitter<CacheEvents> implements ManagedComponent {
  readonly #cache: CacheStore<unknown>;
  readonly #local: Cache<unknown>;
  readonly #clock: Clock;
  readonly #tier: SecondTier | undefined;
  readonly #gateway: TierGateway | undefined;
  readonly #both: BothTiers | undefined;
  readonly #loads: Loads;
  readonly #defaults: LoadSettings;
  readonly #statistics = new ManagerStatistics();
  readonly #metrics: ManagerMetrics;
  readonly #copies: boolean;
  #tierState: 'up' | 'away' = 'away';
  #running = false;
  #memoized = 0;

  constructor(options?: CacheManagerOptions) {
    const read = readManagerOptions(options);
    super(read.clock);
    this.#clock = read.clock;
    this.#cache = new CacheStore(read.cache);
    this.#local = new Cache(this.#cache);
    this.#defaults = read.load;
    this.#copies = read.copies;
    this.#tier = read.tier;
    const failed = (source: string, error: unknown) => this.reportError(source, error);
    const codec = new PayloadCodec(jsonSerializer, read.compressor);
    this.#gateway = read.tier && new TierGateway({ tier: read.tier, codec, clock: read.clock, failed });
    this.#both =
      this.#gateway &&
      new BothTiers({
        cache: this.#cache,
        gateway: this.#gateway,
        clock: read.clock,
        statistics: this.#statistics,
        defaultTtlMs: read.load.ttlMs,
      });
    this.#metrics = new ManagerMetrics(read.meter, () => this.getStats());
    this.#loads = new Loads({
      cache: this.#cache,
      tier: this.#gateway,
      clock: read.clock,
      random: read.random,
      observer: {
        loaded: (key, ms, failure) => {
          this.#statistics.loaded(ms, failure !== undefined);
          this.#metrics.loaded(ms, failure !== undefined);
          if (failure !== undefined) this.emit('load_failed', { key, ...failure });
        },
        stale: () => {
          this.#statistics.stale++;
        },
        failed,
        tierRead: (outcome) => this.#statistics.tier.reads[outcome]++,
        tierWrite: (outcome) => this.#statistics.tier.writes[outcome]++,
      },
    });
  }

  /** The first tier by itself: synchronous, for hot paths. What is set or invalidated there is so on this instance only. */
  get local(): Cache<unknown> {
    return this.#local;
  }

  /** Connects the second tier, if there is one; reads and loads work before that, too. Idempotent. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#metrics.start();
    this.#tier?.start({
      invalidated: (invalidation) => {
        applyInvalidation(this.#cache, invalidation);
        this.#forgetFailures(invalidation);
        this.emit('invalidated', { ...invalidation, origin: 'elsewhere' });
      },
      reset: () => {
        this.#cache.clear();
        this.#loads.forgetAll();
      },
      changed: (state) => {
        this.#tierState = state.kind;
        this.emit('tier_changed', state);
      },
      failed: (source, error) => this.reportError(source, error),
    });
  }

  /** Waits for loads in flight, then disconnects the second tier and cancels all timers. Idempotent. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#metrics.stop();
    await this.#loads.settled();
    await this.#tier?.stop();
    // It may have been started again meanwhile.
    if (this.#running) return;
    this.#tierState = 'away';
    this.#cache.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The fresh value, from the first tier or else the second. */
  get<T = unknown>(key: string): Promise<T | undefined> {
    const promise = this.#isTrusted() ? this.#cache.promised(key) : undefined;
    // The type of a key's value is the caller's to know.
    return (promise ?? this.#getSlowly(key)) as Promise<T | undefined>;
  }

  /** The fresh value in the first tier; the statistics and the strategy do not hear of it. */
  peek<T = unknown>(key: string): T | undefined {
    const entry = this.#loads.usable(key);
    return entry !== undefined && this.#cache.isFresh(entry) ? (this.#cache.valueOf(entry) as T) : undefined;
  }

  /** Whether there is a fresh value, which may be `undefined`, in either tier. */
  async has(key: string): Promise<boolean> {
    const entry = this.#loads.usable(key);
    if (entry !== undefined && this.#cache.isFresh(entry)) return true;
    return (await this.#both?.read(key)) !== undefined;
  }

  /**
   * The value of the key; where there is none, what the loader gives, which is stored. All who ask meanwhile wait for
   * the same load, also where it fails: with its error. A stale value is given instead where the options
   * say so.
   *
   * Rejects with what the loader threw, `TimeoutError`, the reason of the signal, or `ConfigurationError`.
   */
  getOrLoad<T>(key: string, loader: Loader<T>, options?: LoadOptions<T>): Promise<T> {
    const promise = this.#isTrusted() ? this.#cache.promised(key) : undefined;
    return (promise ?? this.#loadSlowly(key, loader, options)) as Promise<T>;
  }

  /**
   * The values of several keys. Those that are missing are loaded by one call, but for keys that are being loaded
   * already. The map has every key; what the loader does not give is `undefined`.
   */
  async loadMany<T>(
    keys: readonly string[],
    loader: ManyLoader<T>,
    options?: LoadOptions<T>,
  ): Promise<Map<string, T>> {
    const load = readValue('CacheManager', 'loader', loader, LOADER);
    const wanted = readKeys(keys);
    const settings = readLoadSettings(options, this.#defaults);
    if (options?.signal?.aborted) throw options.signal.reason;
    const values = await this.#wait(
      this.#loads.getMany(wanted, load, settings, options?.tags),
      options?.signal,
    );
    return new Map(wanted.map((key, at) => [key, this.#forCaller(values[at]) as T]));
  }

  /**
   * With a key: the same as {@link getOrLoad}. With a function: the function, its results cached by its arguments,
   * each under a key of its own (see {@link Memoized.keyOf}), so that no two different calls share one.
   */
  memoize<T>(key: string, fn: Loader<T>, options?: LoadOptions<T>): Promise<T>;
  memoize<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | PromiseLike<T>,
    options?: MemoizeOptions<T>,
  ): Memoized<Args, T>;
  memoize(
    first: string | ((...args: readonly unknown[]) => unknown),
    second?: Loader<unknown> | MemoizeOptions<unknown>,
    third?: LoadOptions<unknown>,
  ): unknown {
    if (typeof first === 'string') return this.getOrLoad(first, second as Loader<unknown>, third);
    const fn = readValue('CacheManager', 'fn', first, option.callback<typeof first>());
    const { name: given, ...options } = (second ?? {}) as MemoizeOptions<unknown>;
    const field =
      this.#tier === undefined ? option.string().default(`memoized-${++this.#memoized}`) : option.string();
    const name = readValue('CacheManager', 'name', given, field);
    readLoadSettings(options, this.#defaults);
    const keyOf = (...args: readonly unknown[]) => `${name}(${argumentKey(args)})`;
    // Also where the arguments have no key, the caller of an asynchronous function gets a rejection.
    const memoized = async (...args: readonly unknown[]) =>
      this.getOrLoad(keyOf(...args), () => fn(...args), options);
    return Object.assign(memoized, { keyOf });
  }

  /**
   * Stores the value, in the second tier first. False: it was refused, by its size, by the fence, or because the
   * second tier is away; it is then in the first tier alone, and other instances hear of it when that is back.
   *
   * Rejects with `ConfigurationError`, or `UnstorableValueError` where the value mode cannot keep it.
   */
  async set(key: string, value: unknown, options: SetOptions = {}): Promise<boolean> {
    this.#loads.forget(key);
    return this.#both === undefined
      ? this.#cache.set(key, value, options)
      : this.#both.set(readKey(key), value, options);
  }

  /**
   * Removes the key. Without a second tier: whether it had a value. With one: whether that has acknowledged; if it is
   * away, it is told when it is back.
   */
  async delete(key: string): Promise<boolean> {
    const had = this.#local.has(key);
    const acknowledged = await this.#invalidate([{ kind: 'key', key }]);
    return this.#both === undefined ? had : acknowledged;
  }

  /** Removes everything. What this and the other invalidations give is told at {@link invalidateTags}. */
  async clear(): Promise<boolean> {
    return this.#invalidate([{ kind: 'all' }]);
  }

  /**
   * Invalidates all that has one of the tags, and all that is being loaded with them. True: from now on no read gives
   * what was stored or loaded before, on this instance; on others after the second tier's staleness bound at the latest.
   * False: the second tier is away. It is done here, and will be there as soon as it is back.
   */
  async invalidateTags(tags: string | readonly string[], options?: InvalidateOptions): Promise<boolean> {
    const soft = isSoft(options);
    return this.#invalidate(readTags(tags).map((tag) => ({ kind: 'tag', tag, soft })));
  }

  /** Invalidates all keys that begin so. */
  async invalidatePrefix(prefix: string, options?: InvalidateOptions): Promise<boolean> {
    return this.#invalidate([{ kind: 'prefix', prefix: readKey(prefix), soft: isSoft(options) }]);
  }

  /** Invalidates all keys that match a glob (`*`, `?`, `[a-z]`, as in Redis) or a regular expression. */
  async invalidatePattern(pattern: string | RegExp, options?: InvalidateOptions): Promise<boolean> {
    const soft = isSoft(options);
    const { prefix, source, flags } = compilePattern(pattern);
    return this.#invalidate([
      prefix === undefined ? { kind: 'pattern', source, flags, soft } : { kind: 'prefix', prefix, soft },
    ]);
  }

  getStats(): CacheManagerStats {
    const { stale, loads, loadErrors, loadMs, tier } = this.#statistics;
    return {
      ...this.#cache.getStats(),
      stale,
      loads,
      loadErrors,
      meanLoadMs: loads === 0 ? 0 : loadMs / loads,
      inFlight: this.#loads.inFlight,
      tier:
        this.#tier === undefined
          ? undefined
          : { state: this.#tierState, reads: { ...tier.reads }, writes: { ...tier.writes } },
    };
  }

  /** The keys that are read most, from a sample of the hits. */
  hottestKeys(count = 10): readonly HotKey[] {
    return this.#cache.hottestKeys(count);
  }

  snapshot(): object {
    return { running: this.#running, ...this.getStats(), hottestKeys: this.hottestKeys() };
  }

  recommendations(): Recommendation[] {
    return adviseOn(this.getStats(), this.#cache.maxSize);
  }

  /** A warning while the second tier is away, or where more than half of the loads have failed. */
  healthCheck(): ComponentHealth {
    const { hitRatio, entries, loads, loadErrors, tier } = this.getStats();
    const away = this.#running && tier?.state === 'away';
    const failing = loads > 0 && loadErrors > loads / 2;
    return {
      score: away || failing ? 70 : 100,
      status: away || failing ? 'warning' : 'healthy',
      metrics: { hitRatio, entries, loads, loadErrors, ...(tier && { tierUp: tier.state === 'up' ? 1 : 0 }) },
    };
  }

  /** What an optimizer may turn: the number of entries, from a quarter to four times what was configured. */
  tunables(): readonly Tunable[] {
    return this.#local.tunables();
  }

  #isTrusted(): boolean {
    return this.#gateway === undefined || this.#gateway.isTrusted();
  }

  async #getSlowly(key: string): Promise<unknown> {
    const entry = this.#loads.usable(readKey(key));
    if (entry !== undefined && this.#cache.isFresh(entry)) {
      this.#cache.hit(entry);
      return this.#cache.valueOf(entry);
    }
    this.#cache.miss();
    return (await this.#both?.read(key))?.value;
  }

  /** Not an `async` function: a stale value is to come nearly as fast as a fresh one. */
  #loadSlowly(
    key: string,
    loader: Loader<unknown>,
    options: LoadOptions<never> | undefined,
  ): Promise<unknown> {
    let promise: Promise<unknown>;
    try {
      const load = readValue('CacheManager', 'loader', loader, LOADER);
      const settings = readLoadSettings(options, this.#defaults);
      // Nobody would wait for it.
      if (options?.signal?.aborted) throw options.signal.reason;
      promise = this.#loads.get({ key: readKey(key), load, settings, tags: options?.tags });
    } catch (error) {
      return Promise.reject(error);
    }
    if (options?.signal !== undefined) promise = this.#wait(promise, options.signal);
    return this.#copies ? promise.then((value) => this.#forCaller(value)) : promise;
  }

  async #invalidate(invalidations: readonly Invalidation[]): Promise<boolean> {
    for (const invalidation of invalidations) this.#forgetFailures(invalidation);
    // The first tier is done with when this returns: listeners must not see what is gone.
    const acknowledged = this.#both?.invalidate(invalidations);
    if (acknowledged === undefined) {
      for (const invalidation of invalidations) applyInvalidation(this.#cache, invalidation);
    }
    for (const invalidation of invalidations) this.emit('invalidated', { ...invalidation, origin: 'here' });
    return acknowledged ?? true;
  }

  /** What was loaded before is history, and so are the errors. */
  #forgetFailures(invalidation: Invalidation): void {
    if (invalidation.kind === 'key') this.#loads.forget(invalidation.key);
    else this.#loads.forgetAll();
  }

  /** Where values are copied, each caller gets a copy of its own, unless there is no way to make one. */
  #forCaller(value: unknown): unknown {
    if (!this.#copies) return value;
    try {
      return this.#cache.present(value);
    } catch {
      // That it could not be stored has been reported.
      return value;
    }
  }

  /** Waits no longer than the caller's signal says. */
  #wait<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return promise;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

const LOADER = option.callback<() => unknown>();

function isSoft(options: InvalidateOptions | undefined): boolean {
  return options?.soft ?? false;
}
