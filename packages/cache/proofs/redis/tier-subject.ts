import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { type RedisTier, redisTier } from '../../src/redis/index.ts';
import { SimpleManager } from './simple-manager.ts';
import type { Subject, SubjectOptions } from './subject.ts';

export interface TierVariant {
  readonly library: 'redis' | 'ioredis';
  readonly fleetSingleFlight?: boolean;
}

/** A tier whose bound is that of the histories. */
export function createTier(
  { port, boundMs }: SubjectOptions,
  { library, fleetSingleFlight = false }: TierVariant,
): RedisTier {
  const client =
    library === 'redis'
      ? createClient({ socket: { host: '127.0.0.1', port } })
      : new Redis({ host: '127.0.0.1', port, lazyConnect: true });
  return redisTier({ client, staleBound: boundMs, fleetSingleFlight });
}

/** The tier under the least manager that keeps its contract. */
export function tierSubject(options: SubjectOptions, variant: TierVariant): Subject {
  const manager = new SimpleManager(createTier(options, variant));
  return {
    get: (key, tags, load) => manager.get(key, tags, load),
    set: (key, version, tags) => manager.set(key, version, tags),
    delete: (key) => manager.invalidate({ kind: 'key', key }),
    invalidateTag: (tag) => manager.invalidate({ kind: 'tag', tag }),
    clear: () => manager.invalidate({ kind: 'all' }),
    isUp: () => manager.isUp,
    stop: () => manager.stop(),
  };
}
