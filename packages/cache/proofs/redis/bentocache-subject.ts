import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import type { Subject, SubjectOptions } from './subject.ts';

/** bentocache with memory, Redis and its bus on Redis, as its documentation sets them up. It has no bound. */
export function bentocacheSubject({ port }: SubjectOptions): Subject {
  const connection = { host: '127.0.0.1', port };
  const cache = new BentoCache({
    default: 'histories',
    ttl: '1h',
    stores: {
      histories: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 100_000 }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  return {
    get: (key, tags, load) => cache.getOrSet({ key, tags: [...tags], factory: load }),
    set: (key, value, tags) => cache.set({ key, value, tags: [...tags] }),
    delete: (key) => cache.delete({ key }),
    invalidateTag: (tag) => cache.deleteByTag({ tags: [tag] }),
    clear: async () => {
      await cache.clear();
      return true;
    },
    isUp: () => true,
    stop: () => cache.disconnectAll(),
  };
}
