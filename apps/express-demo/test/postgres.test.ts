import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, postgresIsInstalled, startPostgres } from '../../../tools/postgres-server.ts';
import { type RunningService, startService } from '../src/service.ts';
import { SETTINGS } from './support/settings.ts';

/* On CI a PostgreSQL must be there: a test that can't run there fails. */
const isRunnable = postgresIsInstalled() || process.env.CI !== undefined;

describe.skipIf(!isRunnable)('the service on a real PostgreSQL (skipped where none is installed)', () => {
  let postgres: PostgresServer;
  let service: RunningService;

  const start = (): Promise<RunningService> =>
    startService({ ...SETTINGS, databaseUrl: postgres.url, products: 5000 });

  beforeAll(async () => {
    postgres = await startPostgres();
    service = await start();
  }, 60_000);

  afterAll(async () => {
    await service?.stop();
    await postgres?.stop();
  });

  it('fills the catalogue once, and serves it', { timeout: 30_000 }, async () => {
    expect(service.description).toBe('5,000 products in PostgreSQL at 127.0.0.1, 0 requests/s, 0 workers');
    await service.stop();
    service = await start();
    const order = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"productId":5,"quantity":2}',
    };
    const answers = await Promise.all([
      fetch(`${service.address}/products/5`),
      fetch(`${service.address}/products?category=hall`),
      fetch(`${service.address}/orders`, order),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 201]);
    expect(await answers[2].json()).toMatchObject({ product_id: 5, quantity: 2 });
  });

  it('is taken out of service when the database goes, and stays alive', { timeout: 30_000 }, async () => {
    // A search, for products are cached.
    const statuses = async (): Promise<number[]> => {
      const paths = ['/health/ready', '/health/live', '/products?category=office'];
      return Promise.all(paths.map(async (path) => (await fetch(service.address + path)).status));
    };
    expect(await statuses()).toEqual([200, 200, 200]);
    // The service prints why its requests fail.
    vi.spyOn(console, 'error').mockImplementation(() => {});
    await postgres.stop();
    await expect.poll(statuses, { timeout: 15_000, interval: 200 }).toEqual([503, 200, 500]);
    const metrics = await (await fetch(`${service.address}/metrics`)).text();
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/products",status_code="500",/,
    );
  });
});
