import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../src/service.ts';
import { SETTINGS } from './support/settings.ts';

const CHROMIUM = '/usr/bin/chromium';
/* On CI a browser must be there: a test that can't run there fails. */
const isRunnable = existsSync(CHROMIUM) || process.env.CI !== undefined;

describe.skipIf(!isRunnable)('the page, in Chromium', () => {
  let service: RunningService;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    service = await startService({ ...SETTINGS, products: 2000, background: 10 });
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
    const status = () => page.textContent('#status');
    await expect.poll(status, { timeout: 15_000 }).toMatch(/^healthy, up for \d+ s$/);
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

  it('shows the background work, what it made, and why it is paused', { timeout: 60_000 }, async () => {
    const row = (job: string) => page.locator('#jobs tr', { hasText: job });
    const cells = (job: string) => row(job).locator('td').allTextContents();
    await expect
      .poll(() => cells('image resizer'), { timeout: 20_000 })
      .toEqual([
        'image resizer',
        // A machine that is busy with other tests is under pressure indeed.
        expect.stringMatching(/^(running|reduced), for \d+ s$/),
        expect.stringMatching(/./),
        expect.stringMatching(/^[1-9]\d*%$/),
        expect.stringMatching(/^pictures resized: [1-9]\d*$/),
        expect.stringMatching(/^[1-9]\d*\.00 MB$/),
      ]);
    const widths = () =>
      page.evaluate('[...document.querySelectorAll("#thumbnails img")].map((i) => i.naturalWidth)');
    await expect.poll(widths, { timeout: 5000 }).toEqual([32, 32, 32, 32]);
    const allocator = service.system.getComponent('allocator');
    await allocator.pauseComponent('image resizer');
    await expect
      .poll(() => cells('image resizer'), { timeout: 10_000 })
      .toMatchObject({
        1: expect.stringMatching(/^paused/),
        2: 'paused by the application',
        3: '0%',
        5: '0.00 MB',
      });
    await allocator.resumeComponent('image resizer');
    await expect
      .poll(() => cells('image resizer'), { timeout: 10_000 })
      .toMatchObject({
        1: expect.stringMatching(/^(running|reduced)/),
        3: expect.stringMatching(/^[1-9]\d*%$/),
      });
    expect(faults).toEqual([]);
  });

  it('shows the resources, and the requests by class', async () => {
    await fetch(`${service.address}/products?q=lamp`);
    const texts = (selector: string) => page.locator(selector).allTextContents();
    await expect.poll(() => texts('#resources td:first-child')).toEqual(['cpu', 'memory', 'eventLoop']);
    expect(await texts('#resources td:nth-child(2)')).toEqual(Array(3).fill(expect.stringMatching(/^\d+%$/)));
    expect(await texts('#admission td:first-child')).toEqual(['essential', 'normal', 'background']);
    const searches = () => page.textContent('#admission tr:nth-child(3) td:nth-child(3)');
    await expect.poll(searches, { timeout: 5000 }).toBe('1');
    expect(await page.textContent('#in-flight')).toMatch(/^\d+ in flight, \d+ waiting, 0 refused$/);
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
