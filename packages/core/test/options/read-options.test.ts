import { type Clock, ConfigurationError, option, readOptions, readValue, VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

/** The lines of the message, without the owner. */
function faults(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.code).toBe('CONFIGURATION');
    return error.issues.map(({ path, expected }) => `${path}: ${expected}`);
  }
  return [];
}

const window = {
  size: option.integer({ min: 1 }).default(10),
  every: option.duration({ min: 1 }).default(5000),
  memory: option.bytes({ max: 1024 ** 3 }).optional(),
  mode: option.oneOf(['fast', 'safe']).default('safe'),
  limits: option
    .object({ low: option.number({ min: 0, max: 1 }), high: option.number({ min: 0, max: 1 }).default(0.9) })
    .optional(),
  names: option.listOf(option.string()).default([]),
};
const read = (options?: unknown) => readOptions('Window', options, window);
const names = 'size, every, memory, mode, limits, names';

describe('readOptions', () => {
  it('fills in the defaults', () => {
    const defaults = {
      size: 10,
      every: 5000,
      memory: undefined,
      mode: 'safe',
      limits: undefined,
      names: [],
    };
    expect(read()).toEqual(defaults);
    expect(read({})).toEqual(defaults);
    expect(read({ size: undefined, limits: undefined })).toEqual(defaults);
  });

  it('reads durations and sizes from strings, and goes into objects', () => {
    expect(
      read({ size: 3, every: '1h', memory: '64mb', mode: 'fast', limits: { low: 0.5 }, names: ['a'] }),
    ).toEqual({
      size: 3,
      every: 3_600_000,
      memory: 64 * 1024 ** 2,
      mode: 'fast',
      limits: { low: 0.5, high: 0.9 },
      names: ['a'],
    });
  });

  it('leaves what it is given alone', () => {
    const given = Object.freeze({ limits: Object.freeze({ low: 0.5 }), every: '1s' });
    read(given);
    expect(given).toEqual({ limits: { low: 0.5 }, every: '1s' });
  });

  it('finds all faults at once, each by its path', () => {
    const given = {
      size: 0,
      every: 'soon',
      memory: '2gb',
      mode: 'slow',
      limits: { low: 2, high: 'x', middle: 1 },
      names: ['ok', '', 5],
    };
    expect(faults(() => read(given))).toEqual([
      'size: a positive integer',
      "every: milliseconds or a string such as '250ms', '30s', '5m', '1h', '7d', of at least 1 ms",
      "memory: bytes or a string such as '512kb', '64mb', '2gb', of at most 1073741824 bytes",
      'mode: one of "fast", "safe"',
      'limits.middle: absent: the options are low, high',
      'limits.low: a number from 0 to 1',
      'limits.high: a number from 0 to 1',
      'names[1]: a non-empty string',
      'names[2]: a non-empty string',
    ]);
    expect(() => read(given)).toThrow(/^Window:\n {2}size must be a positive integer, got 0\n/);
  });

  it('needs what has no default', () => {
    expect(faults(() => read({ limits: {} }))).toEqual(['limits.low: a number from 0 to 1']);
  });

  it('takes null for a value that is not accepted', () => {
    expect(faults(() => read({ size: null, memory: null, limits: null }))).toEqual([
      'size: a positive integer',
      "memory: bytes or a string such as '512kb', '64mb', '2gb', of at most 1073741824 bytes",
      'limits: an object with low, high',
    ]);
  });

  it.each([null, 5, 'text', true, [], () => {}])('refuses %o as options', (options) => {
    expect(faults(() => read(options))).toEqual([`: an object with ${names}`]);
    expect(() => read(options)).toThrow(`Window: options must be an object with ${names}, got`);
  });

  it.each([
    ['sise', 'size'],
    ['SIZE', 'size'],
    ['evrey', 'every'],
    ['nams', 'names'],
    ['memroy', 'memory'],
    ['toString', undefined],
    ['ze', undefined],
    ['colour', undefined],
    ['x'.repeat(500), undefined],
  ])('refuses the unknown name %s and suggests %s', (name, meant) => {
    const suggestion = meant ? ` (did you mean ${meant}?)` : '';
    const path = name.length > 64 ? `["${'x'.repeat(78)}…]` : name;
    expect(faults(() => read({ [name]: 1 }))).toEqual([
      `${path}: absent${suggestion}: the options are ${names}`,
    ]);
  });

  it('suggests no short name for another', () => {
    const urls = { url: option.string().optional() };
    expect(() => readOptions('X', { usd: 1 }, urls)).toThrow('X: usd must be absent: the options are url');
    expect(() => readOptions('X', { ulr: 1, urls: 1 }, urls)).toThrow(
      'urls must be absent (did you mean url?)',
    );
  });

  it('names odd unknown names on one line', () => {
    expect(() => read({ 'two\nlines': 1 })).toThrow(
      String.raw`Window: ["two\nlines"] must be absent: the options`,
    );
    expect(() => readOptions('X', { a: 1 }, {})).toThrow('X: a must be absent: there are no options, got 1');
  });

  it('neither takes nor passes on what prototypes hold', () => {
    const given: unknown = JSON.parse('{ "__proto__": { "size": 5 }, "constructor": 1 }');
    expect(faults(() => read(given))).toEqual([
      `__proto__: absent: the options are ${names}`,
      `constructor: absent: the options are ${names}`,
    ]);
    const result = readOptions(
      'X',
      {},
      { constructor: option.string().default('own'), toString: option.callback().optional() },
    );
    expect(result).toEqual({ constructor: 'own', toString: undefined });
    Object.defineProperty(Object.prototype, 'size', { value: 99, configurable: true, writable: true });
    try {
      expect(read({}).size).toBe(10);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'size');
    }
    expect(Object.hasOwn(Object.prototype, 'size')).toBe(false);
  });

  it('reads options from instances of classes, accessors among them', () => {
    class Settings {
      get size(): number {
        return 7;
      }
    }
    expect(read(new Settings()).size).toBe(7);
  });

  it('never gives an option that breaks its rule', () => {
    fc.assert(
      fc.property(
        fc.record({ size: fc.anything(), limits: fc.anything(), names: fc.anything() }),
        (given) => {
          try {
            const { size, limits, names } = read(given);
            expect(Number.isSafeInteger(size) && size >= 1).toBe(true);
            expect(limits === undefined || (limits.low >= 0 && limits.high <= 1)).toBe(true);
            expect(names.every((name) => typeof name === 'string' && name !== '')).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
          }
        },
      ),
    );
  });

  it('has the types of its fields', () => {
    expectTypeOf(read()).toEqualTypeOf<{
      size: number;
      every: number;
      memory: number | undefined;
      mode: 'fast' | 'safe';
      limits: { low: number; high: number } | undefined;
      names: readonly string[];
    }>();
  });
});

describe('readValue', () => {
  it('gives the value or names it', () => {
    expect(readValue('resize', 'size', '1k', option.bytes())).toBe(1024);
    expect(() => readValue('resize', 'size', -1, option.bytes())).toThrow(
      "resize: size must be bytes or a string such as '512kb', '64mb', '2gb', got -1",
    );
  });
});

describe('option', () => {
  it.each([
    [
      'number',
      option.number(),
      [0, -1.5, 1e300],
      [Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, null, true],
    ],
    ['number from 0 to 1', option.number({ min: 0, max: 1 }), [0, 0.5, 1], [-0.001, 1.001]],
    ['integer', option.integer(), [0, -5, 2 ** 53 - 1], [0.5, 2 ** 53, '5', Number.NaN]],
    ['boolean', option.boolean(), [true, false], [0, 1, 'true', '', null]],
    ['string', option.string(), ['a', ' '], ['', 5, null, ['a']]],
    ['oneOf', option.oneOf(['a', 1]), ['a', 1], ['b', '1', 2, null, true]],
    ['callback', option.callback(), [() => {}, class {}], ['f', {}, null]],
    ['object', option.withMethods<object>(), [{}, [], () => {}], [null, 5, 'text']],
    ['listOf', option.listOf(option.integer()), [[], [1, 2]], [[0.5], 'ab', { length: 0 }, null, new Set()]],
    ['object with no fields', option.object({}), [{}], [null, [], { a: 1 }]],
  ])('%s accepts and refuses', (_, field, accepted, refused) => {
    for (const value of accepted) expect(readValue<unknown>('x', 'value', value, field)).toEqual(value);
    for (const value of refused) {
      expect(() => readValue<unknown>('x', 'value', value, field)).toThrow(ConfigurationError);
      expect(() => readValue<unknown>('x', 'value', value, field.optional())).toThrow(ConfigurationError);
    }
    expect(readValue<unknown>('x', 'value', undefined, field.optional())).toBeUndefined();
    expect(() => readValue<unknown>('x', 'value', undefined, field)).toThrow(ConfigurationError);
  });

  it('withMethods asks for the methods, inherited ones too', () => {
    const field = option.withMethods<Clock>('now', 'setTimeout');
    const clock = new VirtualClock();
    expect(readValue('x', 'clock', clock, field)).toBe(clock);
    for (const clock of [{ now() {} }, { now: 1, setTimeout() {} }, null, 5]) {
      expect(() => readValue('x', 'clock', clock, field)).toThrow(
        'x: clock must be an object with now(), setTimeout(), got',
      );
    }
  });

  it('says its bounds', () => {
    const expected = (field: { readonly expected: string }) => field.expected;
    expect([
      expected(option.number()),
      expected(option.number({ min: 1 })),
      expected(option.number({ max: 1 })),
      expected(option.integer({ min: 1 })),
      expected(option.integer({ min: 1, max: 5 })),
      expected(option.listOf(option.string())),
    ]).toEqual([
      'a number',
      'a number of at least 1',
      'a number of at most 1',
      'a positive integer',
      'an integer from 1 to 5',
      'a list, each item a non-empty string',
    ]);
  });
});
