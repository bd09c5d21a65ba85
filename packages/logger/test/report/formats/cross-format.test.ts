import { describe, expect, it } from 'vitest';
import { toCsv, toHtml, toJson, toMarkdown } from '../../../src/report/formats/index.ts';
import { percentDigits } from '../../../src/report/formats/text/number-text.ts';
import { isoTime, rangeTexts, timeText } from '../../../src/report/formats/text/time-text.ts';
import type { PerformanceReport } from '../../../src/report/report.ts';
import { csvRows } from './read-csv.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

const TIMES = new Set(['time', 'from', 'to']);
const RATIOS = new Set(['change', 'confidence']);

interface Leaf {
  readonly path: string;
  readonly value: number;
  readonly isTime: boolean;
}

/** Each number of the report, none twice: whole, with a point, negative, with an exponent, great and small. */
function withOwnNumbers(report: PerformanceReport): { report: PerformanceReport; leaves: Leaf[] } {
  const leaves: Leaf[] = [];
  const numbers = (index: number): number => {
    const own = 1_000_001 + index * 10;
    return [own, own / 1000, -own / 100, own / 1e6, own * 1e20, own / 1e15][index % 6] ?? own;
  };
  const walk = (value: unknown, path: string, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}[${index}]`, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, walk(each, `${path}.${name}`, name)]),
      );
    }
    if (typeof value !== 'number' || key === 'version') return value;
    const isTime = TIMES.has(key);
    const own = isTime
      ? value
      : RATIOS.has(key)
        ? (100_001 + leaves.length * 10) / 1e7
        : numbers(leaves.length);
    leaves.push({ path, value: own, isTime });
    return own;
  };
  return { report: walk(report, 'report', '') as PerformanceReport, leaves };
}

/** Numbers as they are written in a text. */
function numbersIn(text: string): Set<string> {
  return new Set(text.match(/-?\d+(\.\d+)?(e[+-]\d+)?/g));
}

describe('from one report', () => {
  const { report, leaves } = withOwnNumbers(SAMPLE_REPORT);
  const values = leaves.filter(({ isTime }) => !isTime);
  const times = leaves.filter(({ isTime }) => isTime);
  const missing = (isThere: (value: number) => boolean, of = values): string[] =>
    of.filter(({ value }) => !isThere(value)).map(({ path, value }) => `${path} ${value}`);

  it('there is much to be shown', () => {
    expect(new Set(values.map(({ value }) => value)).size).toBe(values.length);
    expect(values.length).toBeGreaterThan(1400);
    expect(times.length).toBeGreaterThan(400);
  });

  it('the JSON has every number', () => {
    const shown = numbersIn(toJson(report));
    expect(missing((value) => shown.has(String(value)))).toEqual([]);
  });

  it('the CSV has every number with the same digits, and every time', () => {
    const rows = csvRows(toCsv(report));
    const shown = new Set(rows.map(({ value }) => value));
    expect(missing((value) => shown.has(String(value)))).toEqual([]);
    const shownTimes = new Set(rows.flatMap(({ value, time }) => [value, time]));
    expect(missing((time) => shownTimes.has(isoTime(time)), times)).toEqual([]);
  });

  it('the Markdown has every number with the same digits, ratios in per cent, and every time', () => {
    const markdown = toMarkdown(report);
    const shown = numbersIn(markdown);
    expect(missing((value) => shown.has(String(value)) || shown.has(percentDigits(value)))).toEqual([]);
    const [, clock = ''] = rangeTexts(0, times[0]?.value ?? 0)[1].split(', ');
    expect(clock).toBe('08:00');
    const isShown = (time: number): boolean =>
      markdown.includes(timeText(time)) ||
      markdown.includes(timeText(time).slice('2026-11-22 '.length, -':00'.length));
    expect(missing(isShown, times)).toEqual([]);
  });

  it('the HTML has every number with the same digits, and every time, apart from the charts', () => {
    const html = toHtml(report).replaceAll(/<svg[\s\S]*?<\/svg>/g, '');
    const data = [...html.matchAll(/<data value="([^"]+)">/g)].map(([, value = '']) => value);
    const texts = html.replaceAll(/<style>[\s\S]*?<\/style>/g, '').replaceAll(/<[^>]+>/g, ' ');
    const shown = new Set([...data, ...numbersIn(texts)]);
    expect(missing((value) => shown.has(String(value)))).toEqual([]);
    const shownTimes = new Set([...html.matchAll(/datetime="([^"]+)"/g)].map(([, time]) => time));
    expect(missing((time) => shownTimes.has(isoTime(time)), times)).toEqual([]);
  });

  it('what the HTML shows of a number are the digits that stand beside it as data', () => {
    for (const [, value = '', text = ''] of toHtml(report).matchAll(
      /<data value="([^"]+)">([^<]+)<\/data>/g,
    )) {
      const read = text.replace('−', '-').replace('+', '').replaceAll(',', '');
      expect([value, percentDigits(Number(value))]).toContain(
        text.includes('e') ? text.replace('−', '-').replace(/^\+/, '') : read,
      );
    }
  });
});
