import { type Clock, callWithTimeout } from '@evenkeel/core';
import type { Fence } from '../set-options.ts';
import type { CacheStore, LoadedEntry } from '../store/cache-store.ts';
import type { Entry } from '../store/entry.ts';
import type { Fence as TierFence } from '../tier/second-tier.ts';
import type { TierGateway } from '../tier/tier-gateway.ts';
import { Batch } from './batch.ts';
import { earlyWindow, refreshesEarly } from './early-refresh.ts';
import { Failures } from './failures.ts';
import type { Flight } from './flight.ts';
import { type LoadContext, type LoadOptions, type LoadSettings, tagsOf } from './load-options.ts';

/** What is counted of loads, for statistics and metrics. */
export interface LoadObserver {
  /** A loader has ended, well or not, after so many ms. */
  loaded(key: string, ms: number, failure?: { readonly error: unknown; readonly background: boolean }): void;
  /** A stale value was given: while it is refreshed, or because refreshing it failed. */
  stale(): void;
  /** A value could not be kept. */
  failed(source: string, error: unknown): void;
  tierRead(outcome: 'hit' | 'miss'): void;
  tierWrite(outcome: 'stored' | 'fenced' | 'away'): void;
}

export interface LoadsOptions {
  readonly cache: CacheStore<unknown>;
  readonly tier: TierGateway | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: LoadObserver;
}

/** Loads several keys: a map, or a list in the order of the keys. */
export type LoadMany = (keys: readonly string[], context: LoadContext) => unknown;

/** A load that has ended, as far as storing its value needs it. */
interface Load {
  readonly fence: Fence;
  readonly tierFence: TierFence | undefined;
  readonly startedAt: number;
  readonly loadMs: number;
}

/** One key to be loaded. */
interface Task {
  readonly key: string;
  readonly settings: LoadSettings;
  readonly tags: LoadOptions<never>['tags'];
  load(context: LoadContext): unknown;
  /** Nobody has to wait for it: a value is there, which it is to replace. */
  readonly background: boolean;
  /** Of a batch: the second tier had it, so it need not be loaded. */
  readonly withdraw?: () => void;
}

/**
 * Everything between a miss and a value: one flight per key, stale values, failures, and what may be stored.
 *
 * A flight is joined by all who ask for its key while nothing is invalidated. It begins with a fence of the first
 * tier's, and gets one of the second tier's: each refuses the value if it comes too late.
 */
export class Loads {
  readonly #cache: CacheStore<unknown>;
  readonly #tier: TierGateway | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #observer: LoadObserver;
  readonly #flights = new Map<string, Flight>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #failures = new Failures();

  constructor({ cache, tier, clock, random, observer }: LoadsOptions) {
    this.#cache = cache;
    this.#tier = tier;
    this.#clock = clock;
    this.#random = random;
    this.#observer = observer;
  }

  /** Loads, and writes to the second tier, that are under way. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** Resolves when what is under way has ended, well or not. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  /** The key's failures are history: it was set, deleted or invalidated. */
  forget(key: string): void {
    this.#failures.forget(key);
  }

  forgetAll(): void {
    this.#failures.clear();
  }

  /** The entry of a key, if it may be used: while a second tier is away, only for so long. */
  usable(key: string): Entry | undefined {
    const entry = this.#cache.find(key);
    if (entry === undefined || this.#tier === undefined) return entry;
    return this.#tier.mayUse(entry.notes?.confirmedAt ?? -Infinity) ? entry : undefined;
  }

  /** The value: from the first tier, from a flight that may be joined, or from a new one. */
  get(task: Omit<Task, 'background'>): Promise<unknown> {
    const { key, settings } = task;
    const entry = this.usable(key);
    if (entry !== undefined && this.#answers(entry, settings)) {
      if (this.#refreshes(entry, settings)) this.#fly({ ...task, background: true });
      return Promise.resolve(this.#cache.valueOf(entry));
    }
    this.#cache.miss();
    return this.#orStale(
      key,
      this.#joinable(key)?.promise ?? this.#fly({ ...task, background: false }),
      settings,
    );
  }

  /** The values of several keys: one call loads those that have to be loaded. */
  async getMany(
    keys: readonly string[],
    load: LoadMany,
    settings: LoadSettings,
    tags: LoadOptions<never>['tags'],
  ): Promise<unknown[]> {
    const values = new Map<string, unknown>();
    const missing: string[] = [];
    const stale: string[] = [];
    for (const key of new Set(keys)) {
      const entry = this.usable(key);
      if (entry !== undefined && this.#answers(entry, settings)) {
        if (this.#refreshes(entry, settings)) stale.push(key);
        values.set(key, this.#cache.valueOf(entry));
        continue;
      }
      this.#cache.miss();
      const flight = this.#joinable(key);
      if (flight === undefined) missing.push(key);
      else values.set(key, this.#orStale(key, flight.promise, settings));
    }
    const loadAll = (wanted: readonly string[], background: boolean) => {
      const batch = new Batch(wanted, load);
      return wanted.map((key) =>
        this.#fly({
          key,
          settings,
          tags,
          background,
          load: (context) => batch.load(key, context),
          withdraw: () => batch.withdraw(key),
        }),
      );
    };
    loadAll(stale, true);
    for (const [at, promise] of loadAll(missing, false).entries()) {
      const key = missing[at] as string;
      values.set(key, this.#orStale(key, promise, settings));
    }
    return Promise.all(keys.map((key) => values.get(key)));
  }

  /** Whether the entry is fresh, or stale and good enough while it is refreshed. Counts it as read if so. */
  #answers(entry: Entry, { swrMs }: LoadSettings): boolean {
    const msLeft = this.#cache.msLeft(entry);
    if (msLeft > 0) {
      this.#cache.hit(entry);
      return true;
    }
    if (-msLeft >= swrMs) return false;
    this.#observer.stale();
    return true;
  }

  /** Whether reading the entry is to begin a refresh. */
  #refreshes(entry: Entry, { earlyRefresh }: LoadSettings): boolean {
    const { key, notes } = entry;
    const msLeft = this.#cache.msLeft(entry);
    if (msLeft > 0) {
      if (notes === undefined || msLeft > notes.earlyMs) return false;
      if (!refreshesEarly(msLeft, notes.loadMs, earlyRefresh, this.#random())) return false;
    }
    return this.#joinable(key) === undefined && !this.#failures.isHolding(key, this.#clock.monotonic());
  }

  /** The flight of the key, unless something was invalidated since it began that its value may depend on. */
  #joinable(key: string): Flight | undefined {
    const flight = this.#flights.get(key);
    return flight === undefined || this.#isOvertaken(flight) ? undefined : flight;
  }

  /** Whether something was invalidated since the flight began that its outcome may depend on. */
  #isOvertaken({ key, fence, tags }: Omit<Flight, 'promise'>): boolean {
    if (typeof tags !== 'function') return this.#cache.isFenced(key, fence, tags);
    // Tags that only the value tells may be any.
    return this.#cache.isFenced(key, fence) || this.#cache.invalidatedAt > fence;
  }

  #fly(task: Task): Promise<unknown> {
    const { key, tags, background, withdraw } = task;
    const failure = background ? undefined : this.#failures.answering(key, this.#clock.monotonic());
    if (failure !== undefined) {
      withdraw?.();
      return Promise.reject(failure.error);
    }
    const fence = this.#cache.fence();
    const promise = this.#run(task, fence);
    const flight: Flight = { key, fence, tags, promise };
    this.#flights.set(key, flight);
    const land = () => {
      this.#cache.release(fence);
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    this.#track(promise.then(land, land));
    return promise;
  }

  async #run(task: Task, fence: Fence): Promise<unknown> {
    // The flight has to be known first: the loader may ask for its own key.
    await undefined;
    const found = this.#tier === undefined ? undefined : await this.#fromTier(this.#tier, task, fence);
    if (found !== undefined && 'value' in found) {
      if (found.isStale) {
        this.#observer.stale();
        // A batch is over by then: of its keys, the next read begins the refresh.
        if (task.withdraw === undefined) this.#fly({ ...task, background: true });
      }
      return found.value;
    }
    const tierFence = found?.fence;
    const { key, settings, tags, background } = task;
    const startedAt = this.#clock.monotonic();
    let value: unknown;
    try {
      value = await callWithTimeout((signal) => task.load({ signal }), {
        timeoutMs: settings.timeoutMs,
        what: `load of ${JSON.stringify(key)}`,
        clock: this.#clock,
      });
    } catch (error) {
      const now = this.#clock.monotonic();
      // Past an invalidation, an error from before it answers nobody.
      if (!this.#isOvertaken({ key, fence, tags })) this.#failures.add(key, error, now, settings.errorTtlMs);
      if (tierFence !== undefined) this.#tier?.release(key, tierFence);
      this.#observer.loaded(key, now - startedAt, { error, background });
      throw error;
    }
    const loadMs = this.#clock.monotonic() - startedAt;
    this.#failures.forget(key);
    this.#observer.loaded(key, loadMs);
    this.#keep(task, value, { fence, tierFence, startedAt, loadMs });
    return value;
  }

  /** Looks into the second tier: its value, if that is good enough, or the fence to load and write with. */
  async #fromTier(
    tier: TierGateway,
    { key, settings, background, withdraw }: Task,
    fence: Fence,
  ): Promise<
    { readonly value: unknown; readonly isStale: boolean } | { readonly fence: TierFence | undefined }
  > {
    const confirmedAt = this.#clock.monotonic();
    // What is to replace a value has to outlive it: another instance has then refreshed it already.
    const entry = background ? this.#cache.find(key) : undefined;
    const leastMs = entry === undefined ? 0 : Math.max(0, this.#cache.msLeft(entry));
    const read = await tier.read(key, withdraw === undefined);
    if (read.kind === 'miss') {
      this.#observer.tierRead('miss');
      return { fence: read.fence };
    }
    const { freshMs, keepMs, loadMs, tags } = read.record;
    const isStale = freshMs <= leastMs;
    if (isStale && (background || -freshMs >= settings.swrMs)) {
      this.#observer.tierRead('miss');
      return { fence: read.fence };
    }
    this.#observer.tierRead('hit');
    withdraw?.();
    this.#store(key, read.value, {
      ttlMs: freshMs,
      staleMs: freshMs === Infinity ? 0 : keepMs - freshMs,
      earlyMs: earlyWindow(loadMs, settings.earlyRefresh, freshMs),
      loadMs,
      confirmedAt,
      tags,
      fence,
    });
    return { value: read.value, isStale };
  }

  /** Stores what was loaded in both tiers, unless something has been invalidated since. */
  #keep({ key, settings, tags }: Task, value: unknown, load: Load): void {
    const isNegative = value === undefined || value === null;
    const ttlMs = (isNegative ? settings.negativeTtlMs : undefined) ?? settings.ttlMs;
    const staleMs = Math.max(settings.swrMs, settings.sieMs);
    const { fence, tierFence, startedAt, loadMs } = load;
    let names: readonly string[] | undefined;
    let kept = ttlMs > 0;
    try {
      names = tagsOf(tags as LoadOptions<unknown>['tags'], value);
    } catch (error) {
      // Without its tags it could not be invalidated.
      this.#observer.failed(`tags of ${JSON.stringify(key)}`, error);
      kept = false;
    }
    if (kept) {
      const earlyMs = earlyWindow(loadMs, settings.earlyRefresh, ttlMs);
      const confirmedAt = startedAt;
      kept = this.#store(key, value, { ttlMs, staleMs, earlyMs, loadMs, confirmedAt, tags: names, fence });
    }
    if (this.#tier === undefined || tierFence === undefined) return;
    if (!kept) {
      this.#tier.release(key, tierFence);
      return;
    }
    const written = this.#tier.write(key, value, { ttlMs, staleMs, loadMs, tags: names }, tierFence);
    this.#track(
      written.then((outcome) => {
        this.#observer.tierWrite(outcome);
        // Another instance has invalidated it, and this one is about to hear of it.
        if (outcome === 'fenced' && this.#cache.find(key)?.born === fence) this.#cache.delete(key);
      }),
    );
  }

  #store(key: string, value: unknown, loaded: LoadedEntry): boolean {
    try {
      return this.#cache.store(key, value, loaded) !== undefined;
    } catch (error) {
      // Its mode cannot keep such a value; whoever asked for it gets it nevertheless.
      this.#observer.failed(`value of ${JSON.stringify(key)}`, error);
      return false;
    }
  }

  /** The stale value instead of an error, where there is one that is not too old. */
  #orStale(key: string, promise: Promise<unknown>, { sieMs }: LoadSettings): Promise<unknown> {
    if (sieMs === 0) return promise;
    return promise.catch((error: unknown) => {
      const entry = this.usable(key);
      if (entry === undefined || -this.#cache.msLeft(entry) >= sieMs) throw error;
      this.#observer.stale();
      return this.#cache.valueOf(entry);
    });
  }

  #track(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    const forget = () => this.#pending.delete(promise);
    promise.then(forget, forget);
  }
}
