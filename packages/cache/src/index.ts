export { Cache } from './cache.ts';
export type { CacheEvents } from './cache-events.ts';
export {
  CacheManager,
  type ManyLoader,
  type Memoized,
  type MemoizeOptions,
} from './cache-manager.ts';
export type { CacheManagerOptions } from './cache-manager-options.ts';
export type { CacheOptions, SizeOf } from './cache-options.ts';
export type { CacheStats, RemovalReason } from './cache-statistics.ts';
export type { HotKey } from './hot-keys.ts';
export { argumentKey } from './keys/argument-key.ts';
export { UnkeyableError } from './keys/unkeyable-error.ts';
export type { LoadContext, Loader, LoadOptions } from './loading/load-options.ts';
export type { CacheManagerStats } from './manager-statistics.ts';
export { STRATEGIES, type Strategy } from './policies/index.ts';
export type { Fence, InvalidateOptions, SetOptions } from './set-options.ts';
export type {
  Fence as TierFence,
  Invalidation,
  SecondTier,
  TierListener,
  TierRead,
  TierRecord,
} from './tier/second-tier.ts';
export { estimateBytes } from './values/estimate-bytes.ts';
export { jsonSerializer, type Serializer } from './values/serializer.ts';
export { CodecUnavailableError, CorruptValueError, UnstorableValueError } from './values/value-errors.ts';
export type { ValueMode } from './values/value-modes.ts';
