import type { Cache } from '../cache.ts';
import type { Invalidation } from '../tier/second-tier.ts';

/** Does to the first tier what was done, or is to be done, to the second. */
export function applyInvalidation(cache: Cache<unknown>, invalidation: Invalidation): void {
  switch (invalidation.kind) {
    case 'key':
      cache.delete(invalidation.key);
      break;
    case 'tag':
      cache.invalidateTags(invalidation.tag, { soft: invalidation.soft ?? false });
      break;
    case 'prefix':
      cache.invalidatePrefix(invalidation.prefix, { soft: invalidation.soft ?? false });
      break;
    case 'pattern': {
      const { source, flags, soft = false } = invalidation;
      cache.invalidatePattern(new RegExp(source, flags), { soft });
      break;
    }
    case 'all':
      cache.clear();
  }
}
