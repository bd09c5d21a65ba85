import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, postgresIsInstalled, startPostgres } from '../../../tools/postgres-server.ts';
import { type RunningService, startService } from '../src/service.ts';
import { type RedisServer, redisIsInstalled, startRedis } from './support/redis.ts';
import { SETTINGS } from './support/settings.ts';

/* On CI both must be there: a test that can't run there fails. */
const isRunnable = (postgresIsInstalled() && redisIsInstalled()) || process.env.CI !== undefined;

describe.skipIf(!isRunnable)('two services on one PostgreSQL and one Redis (skipped without them)', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  const services: RunningService[] = [];

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    for (let count = 0; count < 2; count++) {
      const databaseUrl = postgres.url;
      const redisUrl = redis.url;
      services.push(await startService({ ...SETTINGS, databaseUrl, redisUrl, products: 1000 }));
    }
    for (const service of services) {
      await vi.waitFor(() => expect(tierOf(service)).toBe('up'), { timeout: 30_000 });
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await redis?.stop();
    await postgres?.stop();
  });

  function tierOf(service: RunningService | undefined) {
    return service?.system.getComponent('cache').getStats().tier?.state;
  }

  async function stockAt(service: RunningService | undefined): Promise<number> {
    const response = await fetch(`${service?.address}/products/9`);
    return ((await response.json()) as { stock: number }).stock;
  }

  it('share what they load, and never show a stock from before an order', { timeout: 60_000 }, async () => {
    const [first, second] = services;
    const before = await stockAt(first);
    // It is written there while the answer goes out.
    const cache = first?.system.getComponent('cache');
    await expect.poll(() => cache?.getStats(), { timeout: 30_000 }).toMatchObject({ inFlight: 0 });
    const loads = second?.system.getComponent('cache').getStats().loads;
    expect(await stockAt(second)).toBe(before);
    expect(second?.system.getComponent('cache').getStats().loads).toBe(loads);
    for (let order = 1; order <= 5; order++) {
      const body = JSON.stringify({ productId: 9, quantity: 1 });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${first?.address}/orders`, { method: 'POST', headers, body });
      await expect.poll(() => stockAt(second), { timeout: 30_000, interval: 5 }).toBe(before - order);
    }
  });

  it('go on without Redis, with an alert', { timeout: 60_000 }, async () => {
    const [first] = services;
    await redis.stop();
    await expect.poll(() => tierOf(first), { timeout: 30_000 }).toBe('away');
    expect(await stockAt(first)).toBeTypeOf('number');
    const alerts = first?.system.getPerformanceDashboard().alerts.map(({ id }) => id);
    expect(alerts).toContain('cache-tier-away');
  });
});
