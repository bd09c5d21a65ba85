import type { Invalidation } from './tier/second-tier.ts';

/** What a cache manager tells of. */
export interface CacheEvents {
  /** Something was invalidated: by this instance, or by another that shares the second tier. */
  invalidated: Invalidation & { readonly origin: 'here' | 'elsewhere' };
  /** A loader failed, or ran out of time; `background`: refreshing a value that is still there. */
  load_failed: { readonly key: string; readonly error: unknown; readonly background: boolean };
  /** The second tier has come, or gone. */
  tier_changed: { readonly kind: 'up' } | { readonly kind: 'away'; readonly reason: string };
}
