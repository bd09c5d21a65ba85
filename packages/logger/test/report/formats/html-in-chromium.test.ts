import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHtml } from '../../../src/report/formats/index.ts';
import { readableName } from '../../../src/report/formats/text/printable.ts';
import type { PerformanceReport } from '../../../src/report/report.ts';
import { anyReport, EMPTY_REPORT, HOSTILE_TEXTS, harmlessTexts, withTexts } from './any-report.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

const CHROMIUM = '/usr/bin/chromium';
/* On CI a browser must be there: a test that can't run there fails. */
const isRunnable = existsSync(CHROMIUM) || process.env.CI !== undefined;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ADDRESS = 'http://report.example/';

/** A report in which every text is hostile, each in turn. */
function hostileReport(): PerformanceReport {
  let next = 0;
  const known = new Map<string, string>();
  return withTexts(withFewPoints(SAMPLE_REPORT), (text) => {
    const hostile = known.get(text) ?? `${HOSTILE_TEXTS[next++ % HOSTILE_TEXTS.length]} ${next}`;
    known.set(text, hostile);
    return hostile;
  });
}

/** Every twelfth point: thousands of cells alike take the checks long, and tell nothing new. */
function withFewPoints(report: PerformanceReport): PerformanceReport {
  const detailed = Object.fromEntries(
    Object.entries(report.detailed).map(([name, area]) => [
      name,
      {
        ...area,
        metrics: area.metrics.map((metric) => ({
          ...metric,
          points: metric.points.filter((_, index) => index % 12 === 0),
        })),
      },
    ]),
  );
  return { ...report, detailed };
}

/** What is seen of a chart. */
interface Drawn {
  readonly name: string;
  readonly frameWidth: number;
  readonly lineWidth: number;
  readonly bandHeight: number;
  readonly stroke: string;
  readonly ticks: number;
}

/** Elements of a page with what makes its structure, and the names of its metrics. */
interface Parsed {
  readonly elements: readonly string[];
  readonly names: readonly string[];
}

const PARSE = `(pages) => pages.map((page) => {
  const parsed = new DOMParser().parseFromString(page, 'text/html');
  const structural = ['id', 'class', 'href', 'role', 'd', 'scope'];
  return {
    elements: [...parsed.querySelectorAll('*')].map(({ tagName, attributes }) => tagName + ' ' +
      [...attributes].map(({ name, value }) => structural.includes(name) ? name + '=' + value : name)),
    names: [...parsed.querySelectorAll('h3 > bdi')].map(({ textContent }) => textContent),
  };
})`;

describe.skipIf(!isRunnable)('the HTML, in Chromium', { timeout: 120_000 }, () => {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  let faults: string[] = [];

  beforeAll(async () => {
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
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
  });

  /** Opens the report as a page of its own; whatever the page asks for besides itself is a fault. */
  async function open(
    report: PerformanceReport,
    settings: Parameters<Browser['newContext']>[0] = {},
  ): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...settings });
    contexts.push(context);
    const page = await context.newPage();
    faults = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => faults.push(`a dialog: ${dialog.message()}`));
    await page.route('**', async (route) => {
      if (route.request().url() === ADDRESS) {
        await route.fulfill({ contentType: 'text/html', body: toHtml(report) });
      } else {
        faults.push(`asked for ${route.request().url()}`);
        await route.abort();
      }
    });
    await page.goto(ADDRESS);
    return page;
  }

  /** Broken rules, with the places. What is evaluated is run by the debugger, which the page's policy does not bind. */
  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(`globalThis.axe ?? (() => { ${AXE} })()`);
    return await page.evaluate<string[]>(`axe.run().then(({ violations, passes }) =>
      passes.length < 15
        ? ['only ' + passes.length + ' rules were looked at']
        : violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).slice(0, 3)))`);
  }

  /** How much wider than the window the page is. */
  async function overflow(page: Page): Promise<number> {
    return await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
  }

  it('breaks no rule of accessibility, light, dark or on 320 pixels, and has no error', async () => {
    const page = await open(withFewPoints(SAMPLE_REPORT));
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
    for (const { width, colorScheme } of [
      { width: 1200, colorScheme: 'light' },
      { width: 1200, colorScheme: 'dark' },
      { width: 320, colorScheme: 'dark' },
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      expect(await violations(page), `${width} pixels, ${colorScheme}`).toEqual([]);
      expect(await overflow(page)).toBe(0);
    }
    expect(faults).toEqual([]);
  });

  it('draws with the colours that somebody has chosen', async () => {
    const page = await open(SAMPLE_REPORT, { forcedColors: 'active' });
    const colours = await page.evaluate(`[
      getComputedStyle(document.querySelector('.chart .line path')).stroke,
      getComputedStyle(document.querySelector('.chart text')).fill,
      getComputedStyle(document.querySelector('.badge')).borderTopColor,
      getComputedStyle(document.body).color,
    ]`);
    const [text] = (colours as string[]).slice(-1);
    expect(colours).toEqual([text, text, text, text]);
  });

  it('shows the charts', async () => {
    const page = await open(SAMPLE_REPORT);
    const charts = await page.evaluate<Drawn[]>(`[...document.querySelectorAll('svg.chart')].map((chart) => {
      const boxes = (selector) => [...chart.querySelectorAll(selector)].map((part) => part.getBoundingClientRect());
      return {
        name: chart.querySelector('title').textContent,
        frameWidth: chart.getBoundingClientRect().width,
        lineWidth: boxes('.line path').reduce((sum, { width }) => sum + width, 0),
        bandHeight: Math.max(...boxes('.band path').map(({ height }) => height)),
        stroke: getComputedStyle(chart.querySelector('.line path')).stroke,
        ticks: chart.querySelectorAll('.axis text').length,
      };
    })`);
    expect(charts).toHaveLength(8);
    for (const { name, frameWidth, lineWidth, bandHeight, stroke, ticks } of charts) {
      expect(lineWidth, `the line of ${name}`).toBeGreaterThan(frameWidth * 0.6);
      expect(bandHeight, `the band of ${name}`).toBeGreaterThan(1);
      expect(stroke).toBe('rgb(21, 101, 184)');
      expect(ticks).toBeGreaterThanOrEqual(6);
    }
  });

  it('has a way past the navigation, headings in order, and landmarks', async () => {
    const page = await open(SAMPLE_REPORT);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    const levels = await page.evaluate<number[]>(
      "[...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName.slice(1)))",
    );
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    for (const landmark of ['banner', 'navigation', 'main', 'contentinfo'] as const) {
      expect(await page.getByRole(landmark).count()).toBe(1);
    }
  });

  it('prints on white without what only a screen can use', async () => {
    const page = await open(SAMPLE_REPORT, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    const shown = await page.evaluate(`({
      background: getComputedStyle(document.body).backgroundColor,
      ink: getComputedStyle(document.body).color,
      navigation: getComputedStyle(document.querySelector('nav')).display,
      details: getComputedStyle(document.querySelector('details')).display,
    })`);
    expect(shown).toEqual({
      background: 'rgb(255, 255, 255)',
      ink: 'rgb(0, 0, 0)',
      navigation: 'none',
      details: 'none',
    });
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('runs and fetches nothing, whatever texts are in it', async () => {
    const page = await open(hostileReport(), { viewport: { width: 320, height: 640 } });
    expect(faults).toEqual([]);
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });

  it('would be stopped by its policy, if a script got in', async () => {
    const page = await open(SAMPLE_REPORT);
    const isRun = await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'globalThis.wasRun = true';
      document.body.append(script);
      'wasRun' in globalThis;
    }`);
    expect(isRun).toBe(false);
    expect(faults.join()).toContain('Content Security Policy');
  });

  it('opens where nothing was recorded', async () => {
    const page = await open(EMPTY_REPORT);
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    expect(await page.textContent('h1')).toBe('Nothing');
  });

  it('has the same elements whatever texts are in it, and shows the names', async () => {
    const page = await open(EMPTY_REPORT);
    await fc.assert(
      fc.asyncProperty(anyReport, async (report) => {
        const pages = [toHtml(report), toHtml(withTexts(report, harmlessTexts()))];
        const [hostile, harmless] = await page.evaluate<Parsed[]>(`(${PARSE})(${JSON.stringify(pages)})`);
        expect(hostile?.elements).toEqual(harmless?.elements);
        const names = Object.entries(report.detailed).flatMap(([, area]) =>
          area.metrics.map(({ name }) => name),
        );
        expect(hostile?.names.toSorted()).toEqual(names.map(readableName).toSorted());
      }),
      { numRuns: 30 },
    );
  });
});
