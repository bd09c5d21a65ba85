import { ConfigurationError, formatDuration, parseDuration, readDuration } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const UNITS = { us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 };

describe('parseDuration', () => {
  it.each([
    [0, 0],
    [1500, 1500],
    [0.25, 0.25],
    ['1500', 1500],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['5min', 300_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    [' 1 H 30 Min ', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['850us', 0.85],
    ['850 µs', 0.85],
    ['850 \u03bcs', 0.85],
    ['1.005s', 1005],
    ['0s', 0],
  ])('reads %o as %d ms', (given, ms) => {
    expect(parseDuration(given)).toBe(ms);
    expect(readDuration(given)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    'ms',
    's',
    '-5s',
    '-1',
    '+5s',
    '5x',
    '5sx',
    'x5s',
    '5s,',
    '1h,30m',
    '1h and 5m',
    '1e3',
    '5 5s',
    '5s5',
    '1..5s',
    '1.s',
    '0x10',
    'Infinity',
    'NaN',
    '٣s',
    '9'.repeat(400),
    `${'9'.repeat(400)}s`,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    true,
    {},
    [],
    ['5s'],
    5n,
    new Date(0),
    Symbol('5s'),
  ])('refuses %o', (given) => {
    expect(readDuration(given)).toBeUndefined();
    expect(() => parseDuration(given as string)).toThrow(ConfigurationError);
  });

  it('says what it accepts', () => {
    expect(() => parseDuration('5 parsecs')).toThrow(
      `parseDuration: value must be milliseconds or a string such as '250ms', '30s', '5m', '1h', '7d', got "5 parsecs"`,
    );
  });

  it('is the number times its unit, and the sum of its parts', () => {
    const part = fc.tuple(
      fc.integer({ min: 0, max: 100_000 }).map((hundredths) => hundredths / 100),
      fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[])),
    );
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', ' '),
        (parts, space) => {
          const text = parts.map(([count, unit]) => `${count}${space}${unit}`).join(space);
          const sum = parts.reduce((total, [count, unit]) => total + count * UNITS[unit], 0);
          expect(Math.abs(parseDuration(text) - sum)).toBeLessThanOrEqual(1e-12 * sum);
        },
      ),
    );
  });

  it('reads or refuses any text, in time that grows no faster than it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = readDuration(text);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
    for (const text of ['1'.repeat(1e6), '1s'.repeat(5e5), ' '.repeat(1e6), `1${' '.repeat(1e6)}x`]) {
      readDuration(text);
    }
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [-0, '0 ms'],
    [4e-7, '0 ms'],
    [0.000001, '0.001 µs'],
    [0.0001, '0.1 µs'],
    [0.85, '850 µs'],
    [0.9994, '999 µs'],
    [0.9996, '1 ms'],
    [1, '1 ms'],
    [12.345, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [4000, '4.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_600, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_369_000, '23 h 59 min'],
    [86_399_000, '1 d'],
    [273_600_000, '3 d 4 h'],
    [-1500, '-1.5 s'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('is read back as the same time, within its rounding', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-5, max: 1e12, noNaN: true }), (ms) => {
        const read = parseDuration(formatDuration(ms));
        // The coarsest: tenths of a second, beside at least one.
        expect(Math.abs(read - ms) / ms).toBeLessThanOrEqual(0.05);
        // What is read back is shown alike.
        expect(formatDuration(read)).toBe(formatDuration(ms));
      }),
      { numRuns: 500 },
    );
  });

  it('grows with the time', () => {
    const ms = fc.double({ min: 0, max: 1e10, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(parseDuration(formatDuration(less))).toBeLessThanOrEqual(parseDuration(formatDuration(more)));
      }),
    );
  });
});
