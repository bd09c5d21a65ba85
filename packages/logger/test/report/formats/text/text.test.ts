import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digits, grouped, percentDigits, signed } from '../../../../src/report/formats/text/number-text.ts';
import { printable, readable, readableName } from '../../../../src/report/formats/text/printable.ts';
import { clockText, isoTime, rangeTexts, timeText } from '../../../../src/report/formats/text/time-text.ts';
import { anyText } from '../any-report.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('numbers', () => {
  it('have the digits of JSON', () => {
    fc.assert(fc.property(number, (value) => digits(value) === JSON.stringify(value + 0)));
  });

  it.each([
    [0.1234, '12.34'],
    [0.07, '7'],
    [-0.0042, '-0.42'],
    [1, '100'],
    [0, '0'],
    [1e-7, '0.00001'],
    [1.5e-9, '1.5e-7'],
    [1e21, '1e+23'],
  ])('%d is %s per cent', (ratio, text) => {
    expect(percentDigits(ratio)).toBe(text);
  });

  it.each([
    ['0', '0'],
    ['999.25', '999.25'],
    ['1000', '1,000'],
    ['-1234567.8912', '−1,234,567.8912'],
    ['1.5e+21', '1.5e+21'],
    ['NaN', 'NaN'],
  ])('%s is read as %s', (given, text) => {
    expect(grouped(given)).toBe(text);
  });

  it('lose nothing by being grouped', () => {
    fc.assert(
      fc.property(
        number,
        (value) => grouped(digits(value)).replaceAll(',', '').replace(/^−/, '-') === digits(value),
      ),
    );
  });

  it('have a sign where they are not 0', () => {
    expect(['4', '0.5', '-3', '0', '1e-9', '0.0'].map(signed)).toEqual([
      '+4',
      '+0.5',
      '-3',
      '0',
      '+1e-9',
      '0.0',
    ]);
  });
});

describe('times', () => {
  it('are in UTC, and as short as they can be', () => {
    const time = Date.UTC(2026, 10, 22, 8, 30, 5);
    expect(isoTime(time)).toBe('2026-11-22T08:30:05.000Z');
    expect(timeText(time)).toBe('2026-11-22 08:30:05');
    expect(timeText(time + 7)).toBe('2026-11-22 08:30:05.007');
    expect(clockText(time)).toBe('08:30:05');
    expect(clockText(time - 5000)).toBe('08:30');
    expect(clockText(time + 7)).toBe('08:30:05.007');
    expect(clockText(Date.UTC(2026, 0, 1))).toBe('00:00');
    expect(rangeTexts(time, time + 86_400_000)).toEqual(['22 Nov 2026, 08:30:05', '23 Nov 2026, 08:30:05']);
  });

  it('beyond what can be written as a date keep their digits', () => {
    for (const time of [8.64e15, -8.64e15, 1e300, 0.5, Number.NaN]) {
      expect([isoTime(time), timeText(time), clockText(time)]).toEqual([
        String(time),
        String(time),
        String(time),
      ]);
    }
  });

  it('can be read back', () => {
    const years = fc.integer({ min: -6e13, max: 2.5e14 });
    fc.assert(fc.property(years, (time) => Date.parse(isoTime(time)) === time));
  });
});

describe('texts', () => {
  it('have a sign in the place of what no document may hold', () => {
    expect(printable('a\0b\u001b\u007f\u0085\ud800\u202e\uffff')).toBe('a␀b␛␡\ufffd\ufffd\ufffd\ufffd');
    expect(printable('tab\tline\n😀 שלום')).toBe('tab\tline\n😀 שלום');
  });

  it('are on one line, well-formed and bounded', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = readable(text, 20);
        expect(shown.length).toBeLessThanOrEqual(20);
        expect(shown).not.toMatch(/[\n\r\t\0]|\p{Surrogate}/u);
      }),
    );
    expect(readable('x'.repeat(1_000_000))).toHaveLength(4000);
    expect(readable('😀😀', 2)).toBe('\ufffd…');
  });

  it('that are names can always be seen', () => {
    expect(readableName('')).toBe('(no name)');
    expect(readableName(' \t\u00a0')).toBe('(no name)');
    expect(readableName('x'.repeat(1000))).toHaveLength(120);
  });
});
