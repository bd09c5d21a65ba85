import { ConfigurationError, formatBytes, parseBytes, readBytes } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('parseBytes', () => {
  it.each([
    [0, 0],
    [512, 512],
    [1.4, 1],
    ['512', 512],
    ['512b', 512],
    ['512 B', 512],
    ['1k', 1024],
    ['1kb', 1024],
    ['1KiB', 1024],
    ['1Ki', 1024],
    ['64mb', 64 * 1024 ** 2],
    ['64 MB', 64 * 1024 ** 2],
    ['1.5gb', 1.5 * 1024 ** 3],
    ['.5t', 0.5 * 1024 ** 4],
    ['0.0001kb', 0],
  ])('reads %o as %d bytes', (given, bytes) => {
    expect(parseBytes(given)).toBe(bytes);
    expect(readBytes(given)).toBe(bytes);
  });

  it.each([
    '',
    ' ',
    'b',
    'mb',
    '-1kb',
    '-1',
    '+1',
    '5x',
    '5bb',
    '5ib',
    '5bk',
    '1kb 2b',
    '1kb2b',
    '1e3',
    '1.kb',
    '1,5kb',
    '0x10',
    'Infinity',
    '9'.repeat(400),
    -1,
    -0.1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    true,
    {},
    ['5kb'],
    5n,
  ])('refuses %o', (given) => {
    expect(readBytes(given)).toBeUndefined();
    expect(() => parseBytes(given as string)).toThrow(ConfigurationError);
  });

  it('says what it accepts', () => {
    expect(() => parseBytes('5 apples')).toThrow(
      `parseBytes: value must be bytes or a string such as '512kb', '64mb', '2gb', got "5 apples"`,
    );
  });

  it('reads or refuses any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bytes = readBytes(text);
        expect(bytes === undefined || (Number.isInteger(bytes) && bytes >= 0)).toBe(true);
      }),
    );
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1023 B'],
    [1023.6, '1.0 KB'],
    [1024, '1.0 KB'],
    [1536, '1.5 KB'],
    [1024 ** 2 - 1, '1.0 MB'],
    [64 * 1024 ** 2, '64.0 MB'],
    [1.5 * 1024 ** 3, '1.5 GB'],
    [5000 * 1024 ** 4, '5000.0 TB'],
    [-1536, '-1.5 KB'],
    [Number.NaN, 'NaN'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('is read back as the same size, within its rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 52 }), (bytes) => {
        const text = formatBytes(bytes);
        const read = parseBytes(text);
        expect(Math.abs(read - bytes)).toBeLessThanOrEqual(0.05 * bytes);
        expect(formatBytes(read)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
