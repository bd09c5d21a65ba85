import { ConfigurationError } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReport, toCsv, toHtml, toJson, toMarkdown } from '../../../src/report/formats/index.ts';
import { anyReport, EMPTY_REPORT } from './any-report.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

describe('toJson and parseReport', () => {
  it('give back an equal report, whatever is in it', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(parseReport(toJson(report))).toEqual(report);
      }),
      { numRuns: 200 },
    );
    expect(parseReport(toJson(EMPTY_REPORT))).toEqual(EMPTY_REPORT);
  });

  it('write the same report byte for byte the same', () => {
    const again = parseReport(toJson(SAMPLE_REPORT));
    for (const format of [toJson, toCsv, toMarkdown, toHtml])
      expect(format(again)).toBe(format(SAMPLE_REPORT));
  });

  it('name every fault with its path', () => {
    const report = {
      ...SAMPLE_REPORT,
      version: 2,
      title: 7,
      timeRange: { from: 0.5, to: Infinity, label: null },
      trends: [{ ...SAMPLE_REPORT.trends[0], interval: [1], confidence: 1.5 }],
      detailed: { http: { ...SAMPLE_REPORT.detailed.http, area: 'cache' }, weather: {} },
    };
    let issues: readonly string[] = [];
    try {
      parseReport(JSON.stringify(report).replace('"to":null', '"to":1e999'));
    } catch (error) {
      issues = error instanceof ConfigurationError ? error.issues.map(({ path }) => path) : [];
    }
    expect(issues.toSorted()).toEqual([
      'report.detailed.http.area',
      'report.detailed.weather',
      'report.timeRange.from',
      'report.timeRange.label',
      'report.timeRange.to',
      'report.title',
      'report.trends[0].confidence',
      'report.trends[0].interval',
      'report.version',
    ]);
  });

  it.each(['', '{', 'null', '[]', '7', '{"__proto__":{"version":1}}'])('refuse %j', (json) => {
    expect(() => parseReport(json)).toThrow(ConfigurationError);
  });

  it.each([undefined, null, 7, {}, SAMPLE_REPORT])('refuse what is no text: %o', (value) => {
    // @ts-expect-error: what plain JavaScript can pass
    expect(() => parseReport(value)).toThrow(/parseReport: json must be a report as JSON text/);
  });
});

describe.each(Object.entries({ toJson, toCsv, toMarkdown, toHtml }))('%s', (name, format) => {
  const partial = { version: 1, detailed: null, summary: {}, notes: [] };

  it.each([undefined, null, 7, 'report', {}, [], { version: 2 }, partial])('refuses %o', (value) => {
    // @ts-expect-error: what plain JavaScript can pass
    expect(() => format(value)).toThrow(`${name}: report must be a performance report of version 1`);
  });
});
