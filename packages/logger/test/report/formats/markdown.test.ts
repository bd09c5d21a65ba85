import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMarkdown } from '../../../src/report/formats/index.ts';
import { code, prose } from '../../../src/report/formats/markdown/markdown-text.ts';
import { anyReport, EMPTY_REPORT, HOSTILE_TEXTS, harmlessTexts, withTexts } from './any-report.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

/**
 * What Markdown makes structure of: line by line, with escaped characters, code and words taken away. Two documents
 * with the same skeleton have the same headings, lists, tables and emphasis.
 */
function skeleton(markdown: string): string[] {
  return markdown.split('\n').map((line) => {
    const shown = line.replaceAll(/\\[!-/:-@[-`{-~]/g, 'x').replaceAll(/`[^`]+`/g, 'x');
    const start = /^(#+ |- | +- |\d+\. |\|)?/.exec(shown)?.[0] ?? '';
    return `${start}${shown.slice(start.length).replaceAll(/[^\\`*[\]<>~$|]/gu, '')}`;
  });
}

describe('toMarkdown', () => {
  it('has the same structure whatever texts are in it', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const harmless = withTexts(report, harmlessTexts());
        expect(skeleton(toMarkdown(report))).toEqual(skeleton(toMarkdown(harmless)));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['# heading #', '\\# heading \\#'],
    ['- item', '\\- item'],
    ['+ item', '\\+ item'],
    ['1. item', '1\\. item'],
    ['12) item', '12\\) item'],
    ['> quote', '\\> quote'],
    ['===', '\\==='],
    ['*a* **b** ~c~', '\\*a\\* \\*\\*b\\*\\* \\~c\\~'],
    ['_a_ snake_case __b__', '\\_a\\_ snake_case \\_\\_b\\_\\_'],
    ['<b>&lt; A & B', '\\<b\\>\\&lt; A & B'],
    ['[a](b) ![c](d)', '\\[a\\](b) !\\[c\\](d)'],
    ['`a`', '\\`a\\`'],
    ['back\\slash', 'back\\\\slash'],
    ['$x$', '\\$x\\$'],
    ['see https://example.org and www.example.org', 'see https\\://example.org and www\\.example.org'],
    ['two\nlines\r\n and  spaces', 'two lines and spaces'],
    [
      'p95 of 240.5 ms (+3 %) is above 200 ms; 10-20 % more.',
      'p95 of 240.5 ms (+3 %) is above 200 ms; 10-20 % more.',
    ],
  ])('escapes %j', (text, escaped) => {
    expect(prose(text)).toBe(escaped);
  });

  it.each([
    ['response-time', '`response-time`'],
    ['<b>*a*</b>', '`<b>*a*</b>`'],
    ['a`b', 'a\\`b'],
    ['a\\|b', 'a\\\\\\|b'],
    ['a|b', 'a\\|b'],
    ['', '`(no name)`'],
  ])('writes the name %j as code where code can hold it', (name, written) => {
    expect(code(name)).toBe(written);
  });

  it('has tables whose rows all have the same cells', () => {
    const report = withTexts(SAMPLE_REPORT, (text) => `${text} | \\| \\\\| |`);
    const tables = toMarkdown(report)
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(5);
    for (const block of tables) {
      const cells = block
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/\\./g, '').split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it('reads well as plain text', () => {
    const markdown = toMarkdown(SAMPLE_REPORT, { values: false });
    expect(markdown).toContain(
      '# Performance of the shop\n\n**Verdict: critical.** Memory grows by 660 MB an hour and reaches its limit in about 20 minutes.\n\n22 Nov 2026, 08:00 to 09:00 UTC (last hour)  \nCompared with 22 Nov 2026, 07:00 to 08:00 UTC (hour before)',
    );
    expect(markdown).toContain('- Requests: **1268 requests/s** (not judged)\n');
    expect(markdown).toContain('| `search`         |   88 |  12.11 |');
    expect(markdown).toContain('change +35.41 %, 95 % interval +22.13 % to +48.76 %: worse)');
    expect(markdown).toContain('▁▁▁▁▁▁▂▂▃▄▅▅▆▇██');
    expect(markdown.length).toBeLessThan(9000);
  });

  it('leaves the values of the charts out where it is told to', () => {
    expect(toMarkdown(SAMPLE_REPORT)).toContain('## Values of the charts');
    expect(toMarkdown(SAMPLE_REPORT, { values: false })).not.toContain('## Values of the charts');
    // @ts-expect-error: what plain JavaScript can pass
    expect(() => toMarkdown(SAMPLE_REPORT, { values: 'no' })).toThrow(
      'toMarkdown: values must be true or false, got "no"',
    );
    // @ts-expect-error: what plain JavaScript can pass
    expect(() => toMarkdown(SAMPLE_REPORT, null)).toThrow('toMarkdown: options must be');
  });

  it('says so where there is nothing', () => {
    expect(toMarkdown(EMPTY_REPORT)).toBe(
      [
        '# Nothing',
        '**Verdict: not judged.** Nothing was recorded.',
        '1 Jan 1970, 00:00 to 00:00 UTC',
        '## Recommendations',
        'Nothing to recommend.',
        '## Trends',
        'No series rises or falls beyond chance.',
        '## Anomalies',
        'None were found.',
        'Made by Evenkeel from recorded data. Times are in UTC. Report format 1.\n',
      ].join('\n\n'),
    );
  });

  it('keeps every hostile text on its line', () => {
    const markdown = toMarkdown({ ...EMPTY_REPORT, notes: HOSTILE_TEXTS });
    const [, notes = ''] = markdown.split('## Notes on the data\n\n');
    expect(notes.split('\n\n')[0]?.split('\n')).toHaveLength(HOSTILE_TEXTS.length);
    expect(markdown).not.toMatch(/\u202e|\r|\p{Surrogate}/u);
  });
});
