import { CacheManager } from '../../src/cache-manager.ts';
import type { Subject, SubjectOptions } from './subject.ts';
import { createTier, type TierVariant } from './tier-subject.ts';

/** The cache itself, with its tier on Redis. */
export function evenkeelSubject(options: SubjectOptions, variant: TierVariant): Subject {
  const cache = new CacheManager({ maxSize: 100_000, defaultTtl: '1h', tier: createTier(options, variant) });
  cache.on('error', ({ source, error }) => console.error(source, error));
  cache.start();
  return {
    get: (key, tags, load) => cache.getOrLoad(key, load, { tags }),
    set: (key, version, tags) => cache.set(key, version, { tags }),
    delete: (key) => cache.delete(key),
    invalidateTag: (tag) => cache.invalidateTags(tag),
    clear: () => cache.clear(),
    isUp: () => cache.getStats().tier?.state === 'up',
    stop: () => cache.stop(),
  };
}
