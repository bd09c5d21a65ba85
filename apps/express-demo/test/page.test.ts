import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../src/service.ts';

const CHROMIUM = '/usr/bin/chromium';
/* On CI a browser must be there: a test that can't run there fails. */
const isRunnable = existsSync(CHROMIUM) || process.env.CI !== undefined;

describe.skipIf(!isRunnable)('the page, in Chromium', () => {
  let service: RunningService;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    const settings = {
      port: 0,
      host: '127.0.0.1',
      databaseUrl: undefined,
      redisUrl: undefined,
      products: 2000,
      traffic: 0,
    };
    service = await startService(settings);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('requestfailed', (request) => faults.push(`${request.url()} failed`));
    await page.goto(service.address);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('shows the dashboard data, and goes on showing it', { timeout: 30_000 }, async () => {
    for (let id = 1; id <= 30; id++) await (await fetch(`${service.address}/products/${id}`)).arrayBuffer();
    await service.system.getComponent('performance').collectMetrics();
    const row = page.locator('#endpoints tr', { hasText: 'GET /products/:id' });
    await row.waitFor({ timeout: 15_000 });
    expect(await row.locator('td').nth(2).textContent()).toBe('0.0%');
    expect(Number(await page.textContent('#score'))).toBeGreaterThan(50);
    expect(await page.textContent('#status')).toMatch(/^healthy, up for \d+ s$/);
    expect(await page.locator('#checks tr').allTextContents()).toContainEqual(
      expect.stringMatching(/^databasehealthy/),
    );
    const cacheRows = () => page.locator('#cache tr').allTextContents();
    await expect.poll(cacheRows, { timeout: 10_000 }).toContain('entries30');
    const before = await page.textContent('#process td:last-child');
    await expect.poll(() => page.textContent('#process td:last-child'), { timeout: 10_000 }).not.toBe(before);
    expect(await page.locator('#rate-chart polyline').getAttribute('points')).toMatch(/^[\d.]+,[\d.]+ /);
    expect(faults).toEqual([]);
  });

  it('stands still while it is paused', async () => {
    await page.check('#pause');
    const shown = await page.textContent('#process td:last-child');
    await page.waitForTimeout(1500);
    expect(await page.textContent('#process td:last-child')).toBe(shown);
    await page.uncheck('#pause');
  });

  it('fits a telephone without scrolling sideways', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });
});
