import { Cacheable, Keyv, type KeyvStoreAdapter } from 'cacheable';
import { createClient } from 'redis';
import type { Subject, SubjectOptions } from './subject.ts';

type Handler = (message: { id: string; providerId: string; data: unknown }) => Promise<void>;

/**
 * cacheable with memory, Redis and its synchronisation. Its packages for Redis are not needed for that: a store has
 * four methods and a message provider three, and what is tried is what cacheable makes of them. It has no bound.
 */
export async function cacheableSubject({ port }: SubjectOptions): Promise<Subject> {
  const client = createClient({ socket: { host: '127.0.0.1', port } });
  const subscriber = client.duplicate();
  for (const each of [client, subscriber]) each.on('error', () => {});
  await Promise.all([client.connect(), subscriber.connect()]);
  const store: KeyvStoreAdapter = {
    opts: {},
    on: () => store,
    get: async <Value>(key: string) => ((await client.get(key)) ?? undefined) as Value,
    set: (key: string, value: unknown) => client.set(key, String(value), { PX: 3_600_000 }),
    delete: async (key: string) => (await client.del(key)) > 0,
    clear: async () => {
      await client.flushDb();
    },
  };
  const provider = {
    id: 'redis',
    subscriptions: new Map<string, { id?: string; handler: Handler }[]>(),
    publish: async (topic: string, message: object): Promise<void> => {
      await client.publish(topic, JSON.stringify({ ...message, providerId: 'redis' }));
    },
    subscribe: async (topic: string, { handler }: { handler: Handler }): Promise<void> => {
      await subscriber.subscribe(topic, (text) => {
        handler(JSON.parse(text)).catch(() => {});
      });
    },
    unsubscribe: async (topic: string): Promise<void> => {
      await subscriber.unsubscribe(topic);
    },
    disconnect: async (): Promise<void> => {},
  };
  const cache = new Cacheable({ secondary: new Keyv({ store }), sync: { qified: provider }, ttl: '1h' });
  cache.on('error', () => {});
  return {
    get: async (key, _tags, load) => Number(await cache.getOrSet(key, load, { ttl: '1h' })),
    set: (key, version) => cache.set(key, version, '1h'),
    delete: async (key) => {
      // False says that nothing was there.
      await cache.delete(key);
      return true;
    },
    // Its tags cost a read of Redis at every hit; the keys are deleted by name instead, which it does better.
    invalidateTag: async (tag) => {
      const name = tag.slice(0, tag.lastIndexOf(':'));
      await cache.deleteMany([`${name}:plain`, `${name}:tagged`]);
      return true;
    },
    clear: async () => {
      await cache.clear();
      return true;
    },
    isUp: () => client.isReady && subscriber.isReady,
    stop: async () => {
      client.destroy();
      subscriber.destroy();
    },
  };
}
