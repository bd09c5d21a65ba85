import type { Clock } from '@evenkeel/core';
import { applyInvalidation } from '../invalidation/apply-invalidation.ts';
import type { ManagerStatistics } from '../manager-statistics.ts';
import { readSetOptions, type SetOptions } from '../set-options.ts';
import type { CacheStore } from '../store/cache-store.ts';
import type { Invalidation } from './second-tier.ts';
import type { TierGateway } from './tier-gateway.ts';

export interface BothTiersOptions {
  readonly cache: CacheStore<unknown>;
  readonly gateway: TierGateway;
  readonly clock: Clock;
  readonly statistics: ManagerStatistics;
  readonly defaultTtlMs: number;
}

/**
 * What users read, set and invalidate, done to both tiers in an order that lets no reader see what is gone: the second
 * tier decides, and the first holds nothing that was not so in the second, or at the source, since.
 */
export class BothTiers {
  readonly #cache: CacheStore<unknown>;
  readonly #gateway: TierGateway;
  readonly #clock: Clock;
  readonly #statistics: ManagerStatistics;
  readonly #defaultTtlMs: number;

  constructor({ cache, gateway, clock, statistics, defaultTtlMs }: BothTiersOptions) {
    this.#cache = cache;
    this.#gateway = gateway;
    this.#clock = clock;
    this.#statistics = statistics;
    this.#defaultTtlMs = defaultTtlMs;
  }

  /** The fresh value of the second tier, which the first then has, too. */
  async read(key: string): Promise<{ readonly value: unknown } | undefined> {
    const confirmedAt = this.#clock.monotonic();
    const fence = this.#cache.fence();
    try {
      const read = await this.#gateway.read(key, false);
      if (read.kind === 'miss' || read.record.freshMs <= 0) {
        this.#statistics.tier.reads.miss++;
        // Whoever only reads will not write, and nobody has to wait for that.
        if (read.fence !== undefined) this.#gateway.release(key, read.fence);
        return undefined;
      }
      this.#statistics.tier.reads.hit++;
      const { freshMs, keepMs, loadMs, tags } = read.record;
      const staleMs = freshMs === Infinity ? 0 : keepMs - freshMs;
      this.#cache.store(key, read.value, {
        ttlMs: freshMs,
        staleMs,
        earlyMs: 0,
        loadMs,
        confirmedAt,
        tags,
        fence,
      });
      return { value: read.value };
    } finally {
      this.#cache.release(fence);
    }
  }

  /**
   * Whether the second tier has stored it. The first tier has it from then on, unless the key was invalidated
   * meanwhile: the second tier has then seen the two in one order or the other, and is asked which.
   */
  async set(key: string, value: unknown, options: SetOptions): Promise<boolean> {
    const { ttlMs = this.#defaultTtlMs, staleMs, tags, fence: given } = readSetOptions(options);
    if (given !== undefined && this.#cache.isFenced(key, given, tags)) {
      return this.#cache.set(key, value, options);
    }
    const confirmedAt = this.#clock.monotonic();
    const fence = this.#cache.fence();
    try {
      const outcome = await this.#gateway.write(key, value, { ttlMs, staleMs, loadMs: 0, tags });
      this.#statistics.tier.writes[outcome]++;
      if (outcome === 'fenced' || this.#cache.isFenced(key, fence, tags)) {
        this.#cache.delete(key);
        return outcome === 'stored';
      }
      const loaded = { ttlMs, staleMs, earlyMs: 0, loadMs: 0, confirmedAt, tags };
      const stored = this.#cache.store(key, value, loaded) !== undefined;
      return stored && outcome === 'stored';
    } finally {
      this.#cache.release(fence);
    }
  }

  /** Whether the second tier has acknowledged. */
  async invalidate(invalidations: readonly Invalidation[]): Promise<boolean> {
    for (const invalidation of invalidations) applyInvalidation(this.#cache, invalidation);
    const acknowledged = await this.#gateway.invalidate(invalidations);
    // Once more: until it had acknowledged, the second tier may have given what is now gone.
    for (const invalidation of invalidations) applyInvalidation(this.#cache, invalidation);
    return acknowledged;
  }
}
