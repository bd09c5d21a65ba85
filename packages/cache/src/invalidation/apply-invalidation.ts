import { compilePattern } from '../keys/key-pattern.ts';
import type { CacheStore } from '../store/cache-store.ts';
import type { Invalidation } from '../tier/second-tier.ts';

/** Does to the first tier what was done, or is to be done, to the second. */
export function applyInvalidation(cache: CacheStore<unknown>, invalidation: Invalidation): void {
  switch (invalidation.kind) {
    case 'key':
      cache.delete(invalidation.key);
      break;
    case 'tag':
      cache.invalidateTags([invalidation.tag], invalidation.soft ?? false);
      break;
    case 'prefix':
      cache.invalidatePrefix(invalidation.prefix, invalidation.soft ?? false);
      break;
    case 'pattern': {
      const { source, flags, soft = false } = invalidation;
      cache.invalidateMatching(compilePattern(new RegExp(source, flags)).test, soft);
      break;
    }
    case 'all':
      cache.clear();
  }
}
