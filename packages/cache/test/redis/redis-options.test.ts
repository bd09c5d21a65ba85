import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster } from 'redis';
import { describe, expect, it } from 'vitest';
import { type RedisTierOptions, redisTier } from '../../src/redis/index.ts';

describe('redisTier', () => {
  const client = createClient();

  it('takes clients of both libraries as they are typed, and opens nothing', () => {
    const ofIoredis = new Redis({ lazyConnect: true });
    expect(redisTier({ client }).name).toBe('redis');
    expect(redisTier({ client: createClient({ RESP: 2 }) }).staleBound).toBe(1000);
    expect(redisTier({ client: ofIoredis, staleBound: '2s' }).staleBound).toBe(2000);
    expect([client.isOpen, ofIoredis.status]).toEqual([false, 'wait']);
  });

  it.each([
    ['nothing', undefined],
    ['a URL', 'redis://localhost'],
    ['any object', {}],
    ['a pool', createClientPool()],
    ['a cluster of redis', createCluster({ rootNodes: [{}] })],
    ['a cluster of ioredis', new Cluster(['localhost'], { lazyConnect: true })],
  ])('refuses %s for a client', (_, given) => {
    // Wrong on purpose.
    const options = { client: given } as unknown as RedisTierOptions;
    expect(() => redisTier(options)).toThrow(/redisTier: client must be /);
  });

  it('names every bad option', () => {
    const bad = { client, prefix: '', staleBound: 50, deadline: '0s', maxPending: 1.5, fleet: true };
    let message = '';
    try {
      redisTier(bad as RedisTierOptions);
    } catch (error) {
      message = String(error);
    }
    for (const name of ['prefix', 'staleBound', 'deadline', 'maxPending', 'fleet']) {
      expect(message).toContain(`${name} must be `);
    }
  });
});
