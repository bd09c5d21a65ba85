import { existsSync } from 'node:fs';
import type { DatabaseSnapshot } from '@evenkeel/db-optimizer';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningService, startService } from '../../src/service.ts';
import type { IndexTrials } from '../../src/tuning/index-trials.ts';
import { SETTINGS } from '../support/settings.ts';

const CHROMIUM = '/usr/bin/chromium';
/* On CI a browser must be there: a test that can't run there fails. */
const hasBrowser = existsSync(CHROMIUM) || process.env.CI !== undefined;

/* Whether columns are included depends on the costs. */
const INDEX = 'products_rating_id_';

let service: RunningService;

beforeAll(async () => {
  // Few products are searched fast: here every query counts as slow. Surveys are made where they are asked for.
  vi.stubEnv('EVENKEEL_DATABASE_OPTIMIZER_SLOW_THRESHOLD', '0');
  vi.stubEnv('EVENKEEL_DATABASE_OPTIMIZER_SURVEY_INTERVAL', '0');
  service = await startService({ ...SETTINGS, products: 6000 });
}, 60_000);

afterAll(async () => {
  await service?.stop();
  vi.unstubAllEnvs();
});

async function ask(path: string, init?: RequestInit): Promise<{ status: number; body: never }> {
  const response = await fetch(service.address + path, init);
  return { status: response.status, body: (await response.json()) as never };
}

function command(path: string, headers: Record<string, string> = {}) {
  return ask(path, { method: 'POST', headers });
}

function indexCommand(id: string, name: 'make' | 'drop') {
  return command(`/database/indexes/${encodeURIComponent(id)}/${name}`);
}

async function search(times: number): Promise<void> {
  for (let at = 0; at < times; at++) await ask(`/products?category=hall&maxPrice=${100 + 10 * at}`);
}

async function snapshot(): Promise<DatabaseSnapshot> {
  const { components } = (await ask('/dashboard/data')).body as {
    components: { database: { snapshot: DatabaseSnapshot } };
  };
  return components.database.snapshot;
}

async function tuning(): Promise<ReturnType<IndexTrials['snapshot']>> {
  return (await ask('/database')).body;
}

async function survey(): Promise<void> {
  expect(await command('/database/survey')).toMatchObject({ status: 202, body: { isLooking: true } });
  await expect.poll(async () => (await tuning()).isLooking, { timeout: 30_000 }).toBe(false);
}

async function settledTrial() {
  const isSettled = async () => /^(made|dropped|failed)$/.test((await tuning()).trials[0]?.state.kind ?? '');
  await expect.poll(isSettled, { timeout: 30_000 }).toBe(true);
  return (await tuning()).trials[0];
}

describe('tuning the database', { timeout: 120_000 }, () => {
  it('advises an index for the search, makes it as advised, and tells what came of it', async () => {
    await search(20);
    expect((await tuning()).trials).toEqual([]);
    await survey();
    const [advised] = (await snapshot()).advisedIndexes;
    expect(advised).toMatchObject({
      sql: expect.stringContaining('("rating" desc, "id")'),
      verifiedBy: 'rolled-back index',
    });
    const { id = '' } = advised ?? {};
    expect(await indexCommand(id, 'make')).toMatchObject({
      status: 202,
      body: { trials: [{ id, name: expect.stringContaining(INDEX), state: { kind: 'making' } }] },
    });
    expect(await settledTrial()).toMatchObject({
      state: { kind: 'made' },
      statements: [{ text: expect.stringContaining('order by rating desc'), before: { calls: 20 } }],
    });
    await search(10);
    await survey();
    const [statement] = (await settledTrial())?.statements ?? [];
    expect(statement).toMatchObject({
      before: { calls: 20, medianMs: expect.any(Number) },
      after: { calls: 10, medianMs: expect.any(Number) },
      plan: { after: { shape: expect.stringContaining(INDEX) } },
    });
    expect(await indexCommand(id, 'make')).toMatchObject({ status: 404 });
    expect(await indexCommand(id, 'drop')).toMatchObject({ status: 202 });
    expect(await settledTrial()).toMatchObject({
      state: { kind: 'dropped' },
      statements: [{ after: { calls: 10 } }],
    });
    expect(await indexCommand(id, 'drop')).toMatchObject({ status: 404 });
  });

  it('makes nothing else, and nothing for the pages of others', async () => {
    expect(await indexCommand('drop table', 'make')).toEqual({
      status: 404,
      body: { error: expect.stringMatching(/^no advised index is called "drop table"/) },
    });
    const other = { origin: 'https://elsewhere.example' };
    for (const path of ['/database/survey', '/database/indexes/x/make', '/database/indexes/x/drop']) {
      expect(await command(path, other)).toMatchObject({ status: 403 });
    }
  });

  it('notices the N+1 of a request, and where it comes from', async () => {
    for (let productId = 1; productId <= 12; productId++) {
      const body = JSON.stringify({ productId, quantity: 1 });
      await ask('/orders', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    }
    const { body } = await ask('/orders/recent');
    expect((body as { products: { id: number }[] }).products.map(({ id }) => id)).toEqual(
      Array.from({ length: 12 }, (_, at) => 12 - at),
    );
    expect((await snapshot()).repeatedQueries).toMatchObject([
      {
        pattern: 'n-plus-one',
        request: 'GET /orders/recent',
        maxRuns: 12,
        callSite: [
          expect.stringContaining('Catalogue.detail'),
          expect.stringContaining('recentlyOrdered'),
          expect.any(String),
        ],
      },
    ]);
  });
});

describe.skipIf(!hasBrowser)('the card of the database, in Chromium', () => {
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    });
    page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(service.address);
  }, 30_000);

  afterAll(() => browser?.close());

  it('shows what is slow and what would help, makes and drops it', { timeout: 120_000 }, async () => {
    const text = (selector: string) => page.locator(selector).first().textContent();
    const poll = (selector: string) => expect.poll(() => text(selector), { timeout: 30_000 });
    await search(10);
    await page.click('#look');
    await poll('#slow tr').toMatch(/^select .* order by rating desc.*%$/s);
    await poll('#advice li').toMatch(
      /^create index concurrently .*saves \d+% of what all queries cost the planner \(\d+ → \d+ for a run\).*verified by rolled-back index/,
    );
    await poll('#repeated li').toMatch(
      /^N\+1: up to 12 times in one GET \/orders\/recent, in \d+ requests, at Catalogue\.detail \(catalogue\.ts:\d+:\d+\), from Catalogue\.recentlyOrdered/,
    );
    await page.click('#advice button');
    await poll('#trials .state').toMatch(/^made \d+ s ago$/);
    await expect.poll(() => page.isVisible('#no-advice'), { timeout: 30_000 }).toBe(true);
    await search(10);
    await poll('#trials .times').toMatch(
      /^before: median \d+\.\d ms.*; after: median \d+\.\d ms, p95 .* of 10 runs/,
    );
    await page.click('#look');
    await poll('#trials div').toMatch(/Seq Scan.* → .*products_rating_id_/);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.click('#trials button');
    await poll('#trials .state').toMatch(/^dropped \d+ s ago$/);
    expect(faults).toEqual([]);
  });
});
