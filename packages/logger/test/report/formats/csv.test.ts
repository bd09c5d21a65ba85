import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../../src/report/formats/index.ts';
import { printable } from '../../../src/report/formats/text/printable.ts';
import { anyReport, EMPTY_REPORT, HOSTILE_TEXTS, withTexts } from './any-report.ts';
import { csvCells, csvRows, readCsv } from './read-csv.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

describe('toCsv', () => {
  it('can be read back, whatever is in the report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(readCsv(toCsv(report))).toEqual(withTexts(report, printable));
      }),
      { numRuns: 300 },
    );
    expect(readCsv(toCsv(EMPTY_REPORT))).toEqual(EMPTY_REPORT);
    expect(readCsv(toCsv(SAMPLE_REPORT))).toEqual(SAMPLE_REPORT);
  });

  it('has eight columns in each row and ends lines with CR LF', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const csv = toCsv(report);
        expect(csvCells(csv).every((line) => line.length === 8)).toBe(true);
        expect(csv.endsWith('\r\n')).toBe(true);
        expect(csv.replaceAll('\r\n', '')).not.toContain('\r');
      }),
      { numRuns: 50 },
    );
  });

  it.each([',', ';', '\t'])('has no formula in a cell for a program that parts cells by %j', (separator) => {
    const isNumber = (cell: string): boolean => cell !== '' && !Number.isNaN(Number(cell.split(',')[0]));
    fc.assert(
      fc.property(anyReport, (report) => {
        const cells = csvCells(toCsv(report), separator).flat();
        expect(cells.filter((cell) => /^[\s"]*[=+\-@＝＋－＠]/.test(cell) && !isNumber(cell))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('puts an apostrophe before formulas and leaves numbers as they are', () => {
    const csv = toCsv({
      ...EMPTY_REPORT,
      title: '=1+1',
      resourceUsage: [{ name: '-x', value: -2.5e-9, unit: '@u', verdict: 'good' }],
    });
    expect(csv).toContain('report,,,,title,"\'=1+1",,\r\n');
    expect(csv).toContain('resourceUsage,,"\'-x",0,value,-2.5e-9,"\'@u",\r\n');
  });

  it('is a row for each value, in long form', () => {
    const rows = csvRows(toCsv(SAMPLE_REPORT));
    const points = rows.filter(({ section, name }) => section === 'point' && name === 'response-time');
    expect(points).toHaveLength(3 * 54);
    const first = SAMPLE_REPORT.detailed.http?.metrics[0]?.points[0];
    expect(points[0]).toEqual({
      section: 'point',
      area: 'http',
      name: 'response-time',
      index: '0',
      field: 'mean',
      value: String(first?.mean),
      unit: 'ms',
      time: '2026-11-22T08:00:00.000Z',
    });
  });

  it('keeps hostile texts within their cells', () => {
    const rows = csvRows(toCsv({ ...EMPTY_REPORT, notes: HOSTILE_TEXTS }));
    expect(rows.filter(({ section }) => section === 'note')).toHaveLength(HOSTILE_TEXTS.length);
  });
});
