import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/background/report-builder.ts';
import { openDatabase } from '../../src/catalogue/database.ts';
import { prepareCatalogue } from '../../src/catalogue/schema.ts';
import { type RunningService, startService } from '../../src/service.ts';
import { SETTINGS } from '../support/settings.ts';

const PRODUCTS = 2000;

describe('what the background work makes', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ ...SETTINGS, products: PRODUCTS, background: 20 });
  }, 60_000);

  afterAll(() => service?.stop());

  async function ask(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(new URL(path, service.address));
    return { status: response.status, body: await response.json() };
  }

  it('is a report of prices and sales that agrees with the database', { timeout: 120_000 }, async () => {
    const body = JSON.stringify({ productId: 9, quantity: 3 });
    const headers = { 'content-type': 'application/json' };
    const order = await fetch(new URL('/orders', service.address), { method: 'POST', headers, body });
    const { total_cents } = (await order.json()) as { total_cents: string };
    const latest = async (): Promise<Partial<Report>> => (await ask('/report')).body as Partial<Report>;
    await expect.poll(latest, { timeout: 30_000 }).toMatchObject({ orders: 1, products: PRODUCTS });

    const { categories = [] } = await latest();
    const [best] = categories;
    const product = (await ask('/products/9')).body as { category: string };
    expect(best).toMatchObject({
      category: product.category,
      unitsSold: 3,
      revenueCents: Number(total_cents),
    });
    // The catalogue is always the same, so another database tells what is in this one.
    const database = await openDatabase({ databaseUrl: undefined });
    await prepareCatalogue(database.pool, PRODUCTS);
    const { rows } = await database.pool.query(
      `select category, count(*)::integer as products,
         percentile_disc(array[0.1, 0.5, 0.9]) within group (order by price_cents) as prices
       from evenkeel_demo.products group by category order by category`,
    );
    await database.close();
    const byName = categories.toSorted((a, b) => a.category.localeCompare(b.category));
    expect(byName.map(({ category, products }) => ({ category, products }))).toEqual(
      rows.map(({ category, products }) => ({ category, products })),
    );
    for (const [at, { priceCents }] of byName.entries()) {
      const exact: number[] = rows[at].prices;
      for (const [each, price] of [priceCents.p10, priceCents.p50, priceCents.p90].entries()) {
        // 1 % of the sketch, and as much for two products next to each other.
        expect(Math.abs(price / (exact[each] ?? 0) - 1)).toBeLessThan(0.02 + 300 / price);
      }
    }
  });

  it('is suggestions', { timeout: 120_000 }, async () => {
    await expect
      .poll(() => ask('/suggestions?q=la'), { timeout: 30_000 })
      .toMatchObject({
        status: 200,
        body: { isWarm: true },
      });
    const { suggestions } = (await ask('/suggestions?q=la')).body as {
      suggestions: { name: string; rating: number }[];
    };
    expect(suggestions).toHaveLength(8);
    for (const { name } of suggestions) expect(name).toMatch(/\bla/i);
    const ratings = suggestions.map(({ rating }) => rating);
    expect(ratings).toEqual(ratings.toSorted((a, b) => b - a));
    expect(await ask('/suggestions?q=zzz')).toEqual({ status: 200, body: { isWarm: true, suggestions: [] } });
    expect(await ask('/suggestions')).toMatchObject({ status: 400 });
  });

  it('is thumbnails', { timeout: 120_000 }, async () => {
    const newest = async () => ((await ask('/background')).body as { thumbnails: number[] }).thumbnails;
    await expect.poll(newest, { timeout: 30_000 }).toHaveLength(4);
    const [id] = await newest();
    const response = await fetch(new URL(`/thumbnails/${id}?size=32`, service.address));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/bmp']);
    expect((await response.arrayBuffer()).byteLength).toBe(54 + 32 * 32 * 4);
    expect(await ask(`/thumbnails/${id}?size=33`)).toMatchObject({ status: 400 });
    expect(await ask('/thumbnails/1999')).toMatchObject({ status: 404 });
    expect(await ask('/thumbnails/x')).toMatchObject({ status: 404 });
  });

  it('is shown, with no job at fault', async () => {
    const { body } = await ask('/background');
    const { jobs } = body as { jobs: { name: string }[] };
    expect(jobs.map((job) => Object.keys(job))).toEqual(Array(3).fill(['name', 'produced', 'heldBytes']));
    const shown = await ask('/dashboard/data');
    expect(shown.body).toMatchObject({
      components: { allocator: { snapshot: { components: { 'index warmer': { cpuPriority: 'medium' } } } } },
    });
  });
});

describe('without background work', () => {
  it('says that there is none', { timeout: 120_000 }, async () => {
    const service = await startService({ ...SETTINGS, products: 10, background: 0 });
    try {
      const ask = async (path: string) => (await fetch(new URL(path, service.address))).json();
      expect(await ask('/background')).toEqual({ jobs: [], thumbnails: [] });
      expect(await ask('/report')).toEqual({ error: 'no report has been finished yet' });
      expect(await ask('/suggestions?q=la')).toEqual({ isWarm: false, suggestions: [] });
      expect(service.system.getComponent('allocator').getComponentStates()).toEqual({});
    } finally {
      await service.stop();
    }
  });
});
