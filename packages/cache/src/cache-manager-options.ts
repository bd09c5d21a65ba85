import { type Meter, noopMeter, option, readOptions } from '@evenkeel/core';
import { CACHE_FIELDS, type CacheOptions, readCacheOptions, withoutInfinity } from './cache-options.ts';
import { LOAD_FIELDS, type LoadDefaults, type LoadSettings } from './loading/load-options.ts';
import type { SecondTier } from './tier/second-tier.ts';
import { Compressor } from './values/compression.ts';

export interface CacheManagerOptions extends CacheOptions, Omit<LoadDefaults, 'ttl'> {
  /** A store that instances share: `redisTier()` of `@evenkeel/cache/redis`. @defaultValue none */
  readonly tier?: SecondTier;
  /** Where metrics go. @defaultValue nowhere */
  readonly meter?: Meter;
}

export function readManagerOptions(options: unknown) {
  const read = readOptions('CacheManager', withoutInfinity(options), {
    ...CACHE_FIELDS,
    ...LOAD_FIELDS,
    tier: option.withMethods<SecondTier>('start', 'stop', 'read', 'write', 'invalidate').optional(),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
  });
  const { tier, meter, clock, random, valueMode } = read;
  const { negativeTtl, errorTtl, staleWhileRevalidate, staleIfError, earlyRefresh, loadTimeout, ...cache } =
    read;
  const load: LoadSettings = {
    ttlMs: read.defaultTtl ?? Infinity,
    negativeTtlMs: negativeTtl,
    errorTtlMs: errorTtl,
    swrMs: staleWhileRevalidate,
    sieMs: staleIfError,
    earlyRefresh,
    timeoutMs: loadTimeout,
  };
  const copies = valueMode === 'clone' || valueMode === 'serialized';
  // Not zstd, which instances on older versions of Node could not read.
  const compressor = new Compressor({ codecs: read.enableCompression ? ['deflate', 'brotli'] : [] });
  return {
    tier,
    meter,
    clock,
    random,
    load,
    copies,
    compressor,
    cache: readCacheOptions(cacheOptions(cache)),
  };
}

/** What is left of the options for the first tier, without those that were not given. */
function cacheOptions(options: object): CacheOptions {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.filter(([name, value]) => Object.hasOwn(CACHE_FIELDS, name) && value !== undefined),
  );
}
