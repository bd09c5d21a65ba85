import { isDeepStrictEqual } from 'node:util';
import { describeValue } from '@evenkeel/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { jsonSerializer } from '../../src/values/serializer.ts';
import { CorruptValueError, UnstorableValueError } from '../../src/values/value-errors.ts';

const roundTrip = (value: unknown) => jsonSerializer.deserialize(jsonSerializer.serialize(value));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Equal in every respect, `-0`, holes and undefined properties included. */
function expectSame(value: unknown): void {
  const again = roundTrip(value);
  expect(
    isDeepStrictEqual(again, value),
    `${describeValue(value)} came back as ${describeValue(again)}`,
  ).toBe(true);
}

describe('jsonSerializer', () => {
  it('leaves plain values JSON as it is', () => {
    const value = {
      id: 1,
      name: 'Ann',
      tags: ['a', 'ü', '😀'],
      nested: { on: true, none: null },
      price: 1.5,
    };
    expect(textOf(jsonSerializer.serialize(value))).toBe(JSON.stringify(value));
    for (const each of [value, 1, 'text', '', true, null, [], {}]) expectSame(each);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined in an object', { a: undefined, b: 1 }],
    ['undefined in an array', [undefined, 1]],
    ['NaN', Number.NaN],
    ['infinities', [Infinity, -Infinity]],
    ['-0', [0, -0, { zero: -0 }]],
    ['bigints', [0n, 12345678901234567890n, -(2n ** 100n)]],
    ['a date', { at: new Date('2024-02-29T12:00:00.123Z') }],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 2 }, new Map([[undefined, null]])],
      ]),
    ],
    ['a set', new Set([1, '1', [2], new Set([3])])],
    ['a regular expression', /a\/b\n[c]/giu],
    ['a url', new URL('https://user@example.com:8080/a?b=c#d')],
    ['bytes', new Uint8Array([0, 1, 255])],
    ['no bytes', new Uint8Array()],
    ['a buffer', Buffer.from('äöü')],
    ['bytes in an object', { bytes: new Uint8Array([1]), buffer: Buffer.from([2]) }],
    [
      'views',
      [new Float64Array([1.5, Number.NaN, -0]), new BigInt64Array([-1n]), new Uint16Array([1, 65535])],
    ],
    ['a part of a buffer', new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
    ['an array buffer', new Uint8Array([1, 2]).buffer],
    ['an array with holes', Object.assign(new Array(5), { 0: 1, 2: 3, 3: undefined })],
    [
      'what looks like a type',
      [{ $: 'date', v: 0 }, { $: 'no such type' }, { $: undefined }, new Map([['$', { $: 1n }]])],
    ],
    ['a prototype as a property', JSON.parse('{"__proto__": {"polluted": true}, "a": 1}')],
    ['a lone surrogate', ['\ud800', { '\udfff': 1n }]],
    ['a byte order mark', '\ufefftext'],
  ])('keeps %s', (_, value) => expectSame(value));

  it('does not let a stored prototype reach an object', () => {
    const again = roundTrip(JSON.parse('{"__proto__": {"polluted": true}, "n": {"__proto__": 1}}'));
    expect(again).not.toHaveProperty('polluted');
    const typed = roundTrip({ u: undefined, n: JSON.parse('{"__proto__": {"polluted": true}}') });
    expect(typed).not.toHaveProperty('n.polluted');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('keeps an invalid date', () => {
    const again = roundTrip(new Date(Number.NaN));
    expect(again).toBeInstanceOf(Date);
    expect(Number(again)).toBeNaN();
  });

  it('keeps errors: class, message, stack, cause and further properties', () => {
    class OrderError extends TypeError {
      override readonly name = 'OrderError';
      readonly status = 404;
    }
    const error = new OrderError('no order', {
      cause: new RangeError('too far', { cause: new Map([[1, 2n]]) }),
    });
    const again = roundTrip(error) as OrderError;
    expect(again).toBeInstanceOf(TypeError);
    expect(again).toMatchObject({ name: 'OrderError', message: 'no order', status: 404, stack: error.stack });
    expect(again.cause).toBeInstanceOf(RangeError);
    expect((again.cause as Error).cause).toEqual(new Map([[1, 2n]]));
    expect(Object.keys(again)).toEqual(Object.keys(error));
  });

  it('keeps an array of one item four thousand million places wide, in the time of one item', () => {
    const wide: unknown[] = [];
    wide[4_000_000_000] = 1n;
    wide.length = 4_294_967_295;
    const again = roundTrip({ wide }) as { wide: unknown[] };
    expect(Object.entries(again.wide)).toEqual([['4000000000', 1n]]);
    expect(again.wide.length).toBe(4_294_967_295);
  });

  it('keeps where a regular expression would go on', () => {
    const expression = /a/g;
    expression.lastIndex = 3;
    expect((roundTrip([expression]) as [RegExp])[0].lastIndex).toBe(3);
  });

  describe('where there is no Buffer', () => {
    afterEach(() => {
      vi.unstubAllGlobals();
    });

    it('writes the same bytes, and reads a Buffer as bytes', () => {
      const value = {
        all: Uint8Array.from({ length: 20_000 }, (_, at) => at),
        few: new Float32Array([1.5]).buffer,
      };
      const buffer = Buffer.from('abc');
      const withBuffer = [value, buffer, { buffer }].map((each) => jsonSerializer.serialize(each));
      vi.stubGlobal('Buffer', undefined);
      const without = [jsonSerializer.serialize(value), ...withBuffer.slice(1)];
      const again = without.map((bytes) => jsonSerializer.deserialize(bytes));
      vi.unstubAllGlobals();
      expect(isDeepStrictEqual(without[0], withBuffer[0])).toBe(true);
      expect(isDeepStrictEqual(again[0], value)).toBe(true);
      expect(again.slice(1)).toStrictEqual([
        new Uint8Array([97, 98, 99]),
        { buffer: new Uint8Array([97, 98, 99]) },
      ]);
    });
  });

  it('does not share memory with what it was given or what it gives', () => {
    const source = new Uint8Array([1, 2, 3]);
    const bytes = jsonSerializer.serialize(source);
    source[0] = 9;
    const again = jsonSerializer.deserialize(bytes) as Uint8Array;
    again[1] = 9;
    expect(jsonSerializer.deserialize(bytes)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('calls toJSON as JSON does', () => {
    class Money {
      readonly #cents: number;
      constructor(cents: number) {
        this.#cents = cents;
      }
      toJSON(name: string) {
        return { [`${name}Cents`]: this.#cents, at: undefined };
      }
    }
    expect(roundTrip({ price: new Money(5), list: [new Money(6)] })).toStrictEqual({
      price: { priceCents: 5, at: undefined },
      list: [{ '0Cents': 6, at: undefined }],
    });
    const failure = Object.assign(new Error('x'), { request: () => 0, toJSON: () => ({ message: 'x' }) });
    expect(roundTrip(failure)).toEqual({ message: 'x' });
    expect(roundTrip({ plain: { toJSON: () => 1n } })).toEqual({ plain: 1n });
  });

  class Session {
    readonly id = 1;
  }
  const cycle: { list: unknown[] } = { list: [] };
  cycle.list.push({ back: cycle });
  it.each<[unknown, string]>([
    [() => 0, 'value is a function'],
    [{ items: [{ 'on save': Math.abs }] }, 'value.items[0]["on save"] is a function'],
    [[Symbol('mark')], 'value[0] is a symbol, Symbol(mark)'],
    [{ session: new Session() }, 'value.session is an instance of Session, which has no toJSON()'],
    [new Map([['a', new WeakMap()]]), 'value[1] is an instance of WeakMap, which has no toJSON()'],
    [Promise.resolve(), 'value is an instance of Promise, which has no toJSON()'],
    [cycle, 'value.list[0].back is an object that contains itself'],
  ])('refuses what it cannot keep, and says where (%#)', (value, message) => {
    expect(() => jsonSerializer.serialize(value)).toThrow(UnstorableValueError);
    expect(() => jsonSerializer.serialize(value)).toThrow(`the value cannot be stored: ${message}`);
  });

  it('refuses to follow a value too deep, plain or not', () => {
    const nest = (levels: number, inner: unknown) => {
      let value = inner;
      for (let level = 0; level < levels; level++) value = { next: value };
      return value;
    };
    expectSame(nest(490, 1));
    expectSame(nest(490, 1n));
    for (const levels of [501, 100_000]) {
      expect(() => jsonSerializer.serialize(nest(levels, 1))).toThrow('lies more than 500 levels deep');
    }
  });

  it.each([
    ['', ''],
    ['not JSON', '{"a":'],
    ['not UTF-8', '\x80'],
    ['a typed value cut short', '\x01{"$":"map"'],
    ['an unknown type', '\x01{"$":"constructor","v":1}'],
    ['a type without a name', '\x01{"$":{"$":"date"},"v":1}'],
    ['a map that is none', '\x01{"$":"map","v":1}'],
    ['a date that is none', '\x01{"$":"date","v":"today"}'],
    ['bytes that are none', '\x01{"$":"Uint8Array","v":"%"}'],
    ['half a number', '\x01{"$":"Float64Array","v":"AAAA"}'],
    ['an array without end', '\x01{"$":"array","v":[-1]}'],
    ['no regular expression', '\x01{"$":"regexp","v":["(","",0]}'],
    ['a url that is none', '\x01{"$":"url","v":"nowhere"}'],
    ['a bigint that is none', '\x01{"$":"bigint","v":"0xx"}'],
    ['endless nesting', `\x01${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('finds corrupt bytes: %s', (_, text) => {
    expect(() => jsonSerializer.deserialize(Buffer.from(text, 'latin1'))).toThrow(CorruptValueError);
  });

  it('throws nothing else, whatever the bytes', () => {
    const original = jsonSerializer.serialize({
      a: [1n, new Date(0), new Map([[1, undefined]]), new Uint8Array(3)],
    });
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
        const damaged = Uint8Array.from(isCut ? original.subarray(0, at) : original);
        if (!isCut) damaged[at] = byte;
        try {
          jsonSerializer.deserialize(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptValueError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back whatever it takes', () => {
    const options: fc.ObjectConstraints = {
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withUnicodeString: true,
      maxDepth: 4,
      key: fc.oneof(fc.constantFrom('$', 'v', '__proto__', 'constructor', 'toString', ''), fc.string()),
      values: [
        fc.constantFrom(undefined, null, -0, Number.NaN, Infinity, '$', 'date'),
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.bigInt(),
        fc.constant(/a/g),
      ],
    } as fc.ObjectConstraints;
    fc.assert(
      fc.property(fc.anything(options), (value) => {
        // An invalid date is equal to nothing.
        fc.pre(isDeepStrictEqual(structuredClone(value), value));
        expectSame(value);
      }),
      { numRuns: 3000 },
    );
  });
});
