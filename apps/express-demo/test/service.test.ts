import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../src/catalogue/database.ts';
import { type RunningService, startService } from '../src/service.ts';
import { readSettings } from '../src/settings.ts';
import { SETTINGS } from './support/settings.ts';

describe('the service', () => {
  let service: RunningService;

  beforeAll(async () => {
    // On a busy machine queries are slow indeed, which is not what is looked at here.
    vi.stubEnv('EVENKEEL_DATABASE_OPTIMIZER_SLOW_THRESHOLD', '1m');
    service = await startService(SETTINGS);
    vi.unstubAllEnvs();
  }, 60_000);

  afterAll(() => service?.stop());

  async function ask(path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(new URL(path, service.address), {
      ...init,
      headers: { 'content-type': 'application/json' },
    });
    return { status: response.status, body: await response.json() };
  }

  it('searches by category, price and word, the best rated first', async () => {
    const { status, body } = await ask('/products?category=office&maxPrice=400&q=lamp');
    const { products } = body as {
      products: { name: string; category: string; price_cents: number; rating: number }[];
    };
    expect(status).toBe(200);
    expect(products.length).toBeGreaterThan(0);
    for (const { name, category, price_cents } of products) {
      expect([category, name.toLowerCase().includes('lamp'), price_cents <= 40_000]).toEqual([
        'office',
        true,
        true,
      ]);
    }
    const ratings = products.map(({ rating }) => rating);
    expect(ratings).toEqual(ratings.toSorted((a, b) => b - a));
    expect(await ask('/products?q=%25')).toEqual({ status: 200, body: { products: [] } });
  });

  it('gives a product from the cache until an order changes it', async () => {
    const { body } = await ask('/products/11');
    const { stock } = body as { stock: number };
    const cache = service.system.getComponent('cache');
    const { loads } = cache.getStats();
    expect(await ask('/products/11')).toEqual({ status: 200, body });
    expect(cache.getStats().loads).toBe(loads);
    await ask('/orders', { productId: 11, quantity: 1 });
    expect(await ask('/products/11')).toMatchObject({ body: { stock: stock - 1 } });
    expect(cache.getStats().loads).toBe(loads + 1);
  });

  it('takes orders from the stock until there is no more, however many come at once', async () => {
    const { body } = await ask('/products/7');
    const { stock, price_cents } = body as { stock: number; price_cents: number };
    const orders = await Promise.all(
      Array.from({ length: Math.ceil(stock / 50) + 2 }, () => ask('/orders', { productId: 7, quantity: 50 })),
    );
    const placed = orders.filter(({ status }) => status === 201);
    expect(placed).toHaveLength(Math.floor(stock / 50));
    expect(placed[0]?.body).toMatchObject({
      product_id: 7,
      quantity: 50,
      total_cents: String(50 * price_cents),
    });
    expect(orders.filter(({ status }) => status === 409)).toHaveLength(orders.length - placed.length);
    expect(await ask('/products/7')).toMatchObject({ body: { stock: stock % 50 } });
  });

  it.each([
    ['/products/0', undefined, 404],
    ['/products/abc', undefined, 404],
    ['/products/99999999999', undefined, 404],
    ['/products?maxPrice=cheap', undefined, 400],
    ['/orders', { productId: 1 }, 400],
    ['/orders', { productId: 1, quantity: 1e9 }, 400],
    ['/orders', '{ not json', 400],
    ['/nothing/here', undefined, 404],
  ])('answers %s %j with %i and a reason', async (path, body, expected) => {
    expect(await ask(path, body)).toEqual({ status: expected, body: { error: expect.any(String) } });
  });

  it('is measured, checked and shown', { timeout: 60_000 }, async () => {
    await ask('/products/1');
    const metrics = await (await fetch(`${service.address}/metrics`)).text();
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/products\/:id",status_code="200",outcome="finished"\} \d+/,
    );
    expect(await ask('/health/ready')).toMatchObject({ status: 200 });
    // What was checked before the resources were first looked at is checked again after ten seconds.
    await expect
      .poll(() => ask('/dashboard/data'), { timeout: 30_000 })
      .toMatchObject({ body: { version: 1, status: 'healthy' } });
  });

  it('is watched by rules', async () => {
    const { body } = await ask('/dashboard/data');
    const { components } = body as { components: { alerts: { snapshot: { rules: object[] } } } };
    expect(components.alerts.snapshot.rules).toMatchObject([
      { name: 'answers are slow', kind: 'threshold' },
      { name: 'errors use up the budget', kind: 'burn-rate' },
      { name: 'nothing is measured', kind: 'absence' },
    ]);
  });

  it('has what is wrong told by a signed webhook, and remembers it', { timeout: 60_000 }, async () => {
    const alerts = service.system.getComponent('alerts');
    alerts.raise({ id: 'printer', name: 'no paper', message: 'The printer is out of paper' });
    await expect
      .poll(() => ask('/alerts'), { timeout: 30_000 })
      .toMatchObject({
        body: {
          messages: expect.arrayContaining([
            expect.objectContaining({
              kind: 'firing',
              severity: 'warning',
              text: expect.stringContaining('The printer is out of paper'),
              receivedAt: expect.any(Number),
            }),
          ]),
        },
      });
    alerts.resolve('printer');
    await expect
      .poll(() => ask('/alerts'), { timeout: 30_000 })
      .toMatchObject({
        body: {
          history: expect.arrayContaining([
            expect.objectContaining({ id: 'printer', state: 'resolved', resolvedAt: expect.any(Number) }),
          ]),
        },
      });
  });

  it('sends a test where it is asked to from its own page', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${service.address}/alerts/test`, { method: 'POST', headers });
    expect((await post({ origin: 'https://elsewhere.example' })).status).toBe(403);
    const response = await post({ origin: service.address });
    expect([response.status, await response.json()]).toEqual([202, { sent: true }]);
    const { body } = await ask('/alerts');
    expect((body as { messages: { kind: string }[] }).messages.map(({ kind }) => kind)).toContain('test');
  });

  it.each([
    ['unsigned', { 'content-type': 'application/json' }],
    [
      'signed by somebody else',
      {
        'content-type': 'application/json',
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      },
    ],
    ['no JSON at all', { 'content-type': 'text/plain' }],
  ])('takes no message that is %s', async (_, headers) => {
    const before = await ask('/alerts');
    const body = '{"id":"msg_1","kind":"firing"}';
    const response = await fetch(`${service.address}/alerts/inbox`, { method: 'POST', headers, body });
    expect([response.status, await response.json()]).toEqual([401, { error: expect.any(String) }]);
    const messages = ({ body: told }: { body: unknown }) => (told as { messages: unknown[] }).messages.length;
    expect(messages(await ask('/alerts'))).toBe(messages(before));
  });

  it.each([
    ['', 'text/html', /^<!doctype html>[\s\S]*response-time/i],
    ['?format=html&range=7d', 'text/html', /^<!doctype html>/i],
    ['?format=json&range=15m', 'application/json', /^\{[\s\S]*"response-time"/],
    ['?format=csv&range=15m', 'text/csv', /response-time/],
    ['?format=markdown&range=60s', 'text/markdown', /^# /],
  ])('reports on what was recorded: /performance-report%s', async (query, type, content) => {
    const response = await fetch(`${service.address}/performance-report${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(new RegExp(`^${type};`));
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(content);
  });

  it.each([
    ['?range=yesterday', 'timeRange must be'],
    ['?range=1ms', 'timeRange must be'],
    ['?range=1h&range=2h', 'timeRange must be'],
    ['?format=pdf', 'format must be one of "json", "csv", "html", "markdown", got "pdf"'],
    ['?format=__proto__', 'format must be one of'],
    ['?format=html&format=csv', 'format must be one of'],
  ])('answers /performance-report%s with 400 and a reason', async (query, reason) => {
    expect(await ask(`/performance-report${query}`)).toEqual({
      status: 400,
      body: { error: expect.stringContaining(reason) },
    });
  });
});

describe('starting', () => {
  it('fails where the port that was asked for is taken', { timeout: 120_000 }, async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    await expect(startService({ ...SETTINGS, products: 10, port })).rejects.toThrow('EADDRINUSE');
    taken.close();
  });

  it('fails, and leaves nothing open, where the database is not there', { timeout: 120_000 }, async () => {
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/none';
    await expect(startService({ ...SETTINGS, databaseUrl })).rejects.toThrow();
  });
});

describe('readSettings', () => {
  it('has defaults for all', () => {
    expect(readSettings({ PORT: '', DATA_DIR: '' })).toStrictEqual({
      port: undefined,
      host: '127.0.0.1',
      databaseUrl: undefined,
      dataDirectory: undefined,
      redisUrl: undefined,
      products: 60_000,
      traffic: 25,
      background: 4,
      workers: 3,
    });
  });

  it('keeps the embedded database where DATA_DIR says', () => {
    expect(readSettings({ DATA_DIR: './data' })).toMatchObject({ dataDirectory: './data' });
    expect(readSettings({ DATA_DIR: './data', DATABASE_URL: 'postgres://u@h/d' })).toEqual({
      faults: ['DATA_DIR must be absent where DATABASE_URL is given: it is of the embedded database'],
    });
  });

  it('says which setting is wrong where that is no directory', async () => {
    // A file.
    const dataDirectory = fileURLToPath(import.meta.url);
    await expect(openDatabase({ dataDirectory })).rejects.toThrow(/^DATA_DIR must be a directory .*EEXIST/);
  });

  it('tells every fault, and never a password', () => {
    const faults = readSettings({
      PORT: '99999',
      TRAFFIC: 'much',
      DATABASE_URL: 'mysql://root:secret@db/x',
      BACKGROUND: '-5',
      WORKERS: '9',
    });
    expect(faults).toEqual({
      faults: [
        'PORT must be an integer from 0 to 65535, got "99999"',
        'DATABASE_URL must be an address such as postgres://user@host/database, got something else',
        'TRAFFIC must be an integer from 0 to 2000, got "much"',
        'BACKGROUND must be an integer from 0 to 100, got "-5"',
        'WORKERS must be an integer from 0 to 8, got "9"',
      ],
    });
    for (const wrong of ['-1', '2.5', 'many']) {
      expect(readSettings({ WORKERS: wrong })).toEqual({
        faults: [`WORKERS must be an integer from 0 to 8, got "${wrong}"`],
      });
    }
  });
});
