import type { DatabaseSnapshot } from '@evenkeel/db-optimizer';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, postgresIsInstalled, startPostgres } from '../../../tools/postgres-server.ts';
import { type RunningService, startService } from '../src/service.ts';
import type { IndexTrials } from '../src/tuning/index-trials.ts';
import { SETTINGS } from './support/settings.ts';

/* On CI a PostgreSQL must be there: a test that can't run there fails. */
const isRunnable = postgresIsInstalled() || process.env.CI !== undefined;

describe.skipIf(!isRunnable)('the service on a real PostgreSQL (skipped where none is installed)', () => {
  let postgres: PostgresServer;
  let service: RunningService;

  const start = (): Promise<RunningService> =>
    startService({ ...SETTINGS, databaseUrl: postgres.url, products: 5000 });

  beforeAll(async () => {
    // Few products are searched fast: here every query counts as slow.
    vi.stubEnv('EVENKEEL_DATABASE_OPTIMIZER_SLOW_THRESHOLD', '0');
    postgres = await startPostgres();
    service = await start();
  }, 60_000);

  afterAll(async () => {
    await service?.stop();
    await postgres?.stop();
    vi.unstubAllEnvs();
  });

  it('fills the catalogue once, and serves it', { timeout: 120_000 }, async () => {
    expect(service.description).toBe('5,000 products in PostgreSQL at 127.0.0.1, 0 requests/s, 0 workers');
    await service.stop();
    service = await start();
    const order = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"productId":5,"quantity":2}',
    };
    // While it starts, a busy machine may make it refuse a search.
    const search = async () => (await fetch(`${service.address}/products?category=hall`)).status;
    await expect.poll(search, { timeout: 30_000 }).toBe(200);
    const answers = await Promise.all([
      fetch(`${service.address}/products/5`),
      fetch(`${service.address}/orders`, order),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 201]);
    expect(await answers[1].json()).toMatchObject({ product_id: 5, quantity: 2 });
  });

  it('advises an index for the search by HypoPG, and makes it', { timeout: 120_000 }, async () => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query('create extension hypopg');
    await client.end();
    const post = (path: string) => fetch(`${service.address}/database/${path}`, { method: 'POST' });
    const search = async () => {
      for (let at = 0; at < 20; at++)
        await fetch(`${service.address}/products?category=hall&maxPrice=${100 + at}`);
    };
    const data = async <T>(path: string) => (await (await fetch(service.address + path)).json()) as T;
    const advised = async () => {
      const { components } = await data<{ components: { database: { snapshot: DatabaseSnapshot } } }>(
        '/dashboard/data',
      );
      return components.database.snapshot.advisedIndexes;
    };
    await search();
    expect((await post('survey')).status).toBe(202);
    await expect
      .poll(advised, { timeout: 30_000 })
      .toMatchObject([{ sql: expect.stringContaining('("rating" desc, "id")'), verifiedBy: 'hypopg' }]);
    const [index] = await advised();
    expect((await post(`indexes/${encodeURIComponent(index?.id ?? '')}/make`)).status).toBe(202);
    const trial = async () => (await data<ReturnType<IndexTrials['snapshot']>>('/database')).trials[0];
    await expect.poll(trial, { timeout: 30_000 }).toMatchObject({ state: { kind: 'made' } });
    await search();
    await post('survey');
    await expect
      .poll(async () => (await trial())?.statements, { timeout: 30_000 })
      .toMatchObject([
        {
          after: { calls: 20 },
          plan: { after: { shape: expect.stringContaining('products_rating_id_') } },
        },
      ]);
  });

  it('is taken out of service when the database goes, and stays alive', { timeout: 120_000 }, async () => {
    // A search, for products are cached.
    const statuses = async (): Promise<number[]> => {
      const paths = ['/health/ready', '/health/live', '/products?category=office'];
      return Promise.all(paths.map(async (path) => (await fetch(service.address + path)).status));
    };
    await expect.poll(statuses, { timeout: 30_000, interval: 200 }).toEqual([200, 200, 200]);
    // The service prints why its requests fail.
    vi.spyOn(console, 'error').mockImplementation(() => {});
    await postgres.stop();
    await expect.poll(statuses, { timeout: 30_000, interval: 200 }).toEqual([503, 200, 500]);
    const metrics = await (await fetch(`${service.address}/metrics`)).text();
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/products",status_code="500",/,
    );
  });
});
