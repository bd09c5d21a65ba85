import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/formats/html/markup.ts';
import { toHtml } from '../../../src/report/formats/index.ts';
import type { PerformanceReport } from '../../../src/report/report.ts';
import { anyReport, anyText, EMPTY_REPORT, HOSTILE_TEXTS, withTexts } from './any-report.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

describe('html', () => {
  it('escapes what it is given, in texts and in attributes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(html`${text}`.toString()).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
    expect(html`<b title="${'"x"'}">${['<', html`<i>${'&'}</i>`, undefined, false]}</b>`.toString()).toBe(
      '<b title="&quot;x&quot;">&lt;<i>&amp;</i></b>',
    );
  });

  it('shows a text that only says that it is markup', () => {
    const pretended = { toString: () => '<script>' };
    // @ts-expect-error: what plain JavaScript can pass
    expect(() => html`${pretended}`.toString()).toThrow(TypeError);
  });
});

describe('toHtml', () => {
  it('allows its own style sheet by hash, its icon, and nothing else', () => {
    const page = toHtml(SAMPLE_REPORT);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'">`,
    );
    expect(page.match(/<style>/g)).toHaveLength(1);
    expect(page).not.toMatch(/<script|<iframe|<link rel="stylesheet"|\sstyle=|\son\w+=/i);
    expect(page.match(/\b(?:src|href)="(?!#|data:image\/svg)/g)).toBeNull();
  });

  it('keeps markup of its own alone, whatever texts are in the report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const page = toHtml(report);
        expect(page).not.toMatch(/<script|<img|<iframe|\sstyle=|<!--/i);
        expect(page.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\son\w+=/i);
        expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|\p{Surrogate}|\uffff/u);
      }),
      { numRuns: 100 },
    );
  });

  it('shows what is absent as absent', () => {
    const page = toHtml(EMPTY_REPORT);
    expect(page).toContain('Nothing to recommend.');
    expect(page).toContain('No series rises or falls beyond chance.');
    expect(page).not.toMatch(/undefined|NaN|Infinity|<svg class="chart"/);
  });

  it('bounds texts of megabytes', () => {
    const page = toHtml(withTexts(SAMPLE_REPORT, (text) => `${text} ${'long '.repeat(200_000)}`));
    expect(page.length).toBeLessThan(1_000_000);
  });

  it('shows a report of hundreds of metrics whole', () => {
    const [metric] = SAMPLE_REPORT.detailed.http?.metrics ?? [];
    const metrics = metric
      ? Array.from({ length: 300 }, (_, index) => ({ ...metric, name: `m${index}` }))
      : [];
    const report: PerformanceReport = {
      ...EMPTY_REPORT,
      timeRange: SAMPLE_REPORT.timeRange,
      detailed: { http: { area: 'http', title: 'HTTP', verdict: 'good', summary: '', metrics } },
    };
    const page = toHtml(report);
    expect(page.match(/<svg class="chart"/g)).toHaveLength(300);
    expect(page.match(/<tr>/g)).toHaveLength(1 + 300 + 300 * (1 + (metric?.points.length ?? 0)));
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('leads every link within the page to something', () => {
    for (const report of [SAMPLE_REPORT, EMPTY_REPORT, { ...SAMPLE_REPORT, notes: HOSTILE_TEXTS }]) {
      const page = toHtml(report);
      for (const [, id] of page.matchAll(/(?:href="#|aria-labelledby=")([\w-]+)/g))
        expect(page).toContain(`id="${id}"`);
    }
  });
});
