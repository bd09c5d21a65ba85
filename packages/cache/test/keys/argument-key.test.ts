import { isDeepStrictEqual } from 'node:util';
import { describeValue } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentKey } from '../../src/keys/argument-key.ts';
import { UnkeyableError } from '../../src/keys/unkeyable-error.ts';

const buffer = (...bytes: number[]) => new Uint8Array(bytes);

describe('argumentKey', () => {
  it('has another key for each of what resembles each other', () => {
    const calls: readonly unknown[][] = [
      [],
      [undefined],
      [undefined, undefined],
      [null],
      [Number.NaN],
      ['NaN'],
      ['undefined'],
      ['u'],
      [0],
      [-0],
      [0n],
      [false],
      [''],
      ['', ''],
      [[]],
      [{}],
      [1],
      ['1'],
      [1n],
      [true],
      [[1]],
      [1, 1],
      ['11'],
      [11],
      [[1, 1]],
      [[1], 1],
      [[[1]]],
      [new Array(1)],
      [[undefined]],
      [[null]],
      [{ a: undefined }],
      [{ a: 1 }],
      [{ a: '1' }],
      [{ a: 1, b: 2 }],
      [{ a: { b: 2 } }],
      [{ a: 1 }, { b: 2 }],
      [new Map([['a', 1]])],
      [new Map([['a', '1']])],
      [new Set(['a', 1])],
      [new Set([1])],
      [new Set(['1'])],
      [new Set()],
      [new Map()],
      [new Date(1)],
      [new Date(Number.NaN)],
      [/a/],
      [/a/g],
      [Object.assign(/a/g, { lastIndex: 1 })],
      ['/a/'],
      [new URL('http://a/')],
      ['http://a/'],
      [buffer(1)],
      [Buffer.from([1])],
      [buffer(1).buffer],
      [new Int8Array([1])],
      [buffer(1, 0)],
      [new Uint16Array([1])],
      [new DataView(buffer(1).buffer)],
      [Symbol.for('a')],
      [Symbol.for('1')],
      ['a'],
      // Text that looks like the key of something else.
      ['s1:a'],
      ['a;', 'b'],
      ['a', ';b'],
      ['1:as1:b'],
      ['a', 'b'],
      ['as1:b'],
      [argumentKey([{ a: 1 }])],
      [{ 's1:a#1;': 1 }],
    ];
    const keys = calls.map((args) => argumentKey(args));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ['objects in another order', [{ a: 1, b: { c: 2, d: 3 } }], [{ b: { d: 3, c: 2 }, a: 1 }]],
    [
      'maps in another order',
      [
        new Map([
          [1, 2],
          [3, 4],
        ]),
      ],
      [
        new Map([
          [3, 4],
          [1, 2],
        ]),
      ],
    ],
    ['sets in another order', [new Set([{ a: 1 }, { b: 1 }])], [new Set([{ b: 1 }, { a: 1 }])]],
    ['objects without a prototype', [Object.assign(Object.create(null), { a: 1 })], [{ a: 1 }]],
    ['parts of other buffers', [buffer(1, 2, 3).subarray(1, 2)], [buffer(2)]],
    ['the same object twice', [[{ a: 1 }, { a: 1 }]], [Array(2).fill({ a: 1 })]],
    ['dates', [new Date(5)], [new Date(5)]],
    ['names of the prototype', [JSON.parse('{"__proto__": 1}')], [JSON.parse('{"__proto__": 1}')]],
  ])('has one key for equal arguments: %s', (_, one, other) => {
    expect(argumentKey(one)).toBe(argumentKey(other));
  });

  it('takes objects of classes for what toJSON gives, and their class', () => {
    class Metres {
      readonly #value: number;
      constructor(value: number) {
        this.#value = value;
      }
      toJSON() {
        return this.#value;
      }
    }
    class Feet extends Metres {}
    expect(argumentKey([new Metres(1)])).toBe(argumentKey([new Metres(1)]));
    const others = [[new Metres(2)], [new Feet(1)], [1], [{ toJSON: () => 1 }]];
    expect(new Set([[new Metres(1)], ...others].map(argumentKey)).size).toBe(5);
  });

  class Session {}
  const cycle: { next: unknown } = { next: undefined };
  cycle.next = [cycle];
  let deep: unknown = 1;
  for (let level = 0; level < 200; level++) deep = [deep];
  it.each<[readonly unknown[], string]>([
    [[1, () => 0], 'args[1] is a function'],
    [[{ where: { 'not ok': [Math.abs] } }], 'args[0].where["not ok"][0] is a function'],
    [[Symbol('x')], 'args[0] is Symbol(x), a symbol that is not registered'],
    [[Symbol.iterator], 'args[0] is Symbol(Symbol.iterator), a symbol'],
    [[{ [Symbol.for('x')]: 1 }], 'args[0][Symbol(x)] is named by a symbol'],
    [[new Session()], 'args[0] is an instance of Session, which has no toJSON()'],
    [[new Map([[1, new WeakSet()]])], 'args[0][0][1] is an instance of WeakSet'],
    [[new Error('x')], 'args[0] is an instance of Error'],
    [[Promise.resolve(1)], 'args[0] is an instance of Promise'],
    [[cycle], 'args[0].next[0] is an object that contains itself'],
    [[deep], 'lies more than 100 levels deep'],
    [['x'.repeat(70_000)], 'args makes the key longer than 65536 characters'],
    [[{ text: 'x'.repeat(70_000) }], 'args[0].text makes the key longer'],
    [[new Uint8Array(70_000)], 'args[0] makes the key longer'],
    [[new Array(4e9)], 'args[0] makes the key longer'],
  ])('refuses what it cannot tell from other arguments, and says where (%#)', (args, message) => {
    expect(() => argumentKey(args)).toThrow(UnkeyableError);
    expect(() => argumentKey(args)).toThrow(expect.objectContaining({ code: 'UNKEYABLE' }));
    expect(() => argumentKey(args)).toThrow(`no key can be made of the arguments: `);
    expect(() => argumentKey(args)).toThrow(message);
  });

  /** Few texts and numbers, so that equal values are often met; texts that look like parts of keys. */
  const text = fc
    .array(fc.constantFrom('s', '1', ':', ';', '#', '{', '}', '[', ']', 'u', 'h', ')', 'é'), { maxLength: 4 })
    .map((characters) => characters.join(''));
  const primitive = fc.oneof(
    text,
    fc.constantFrom<unknown>(undefined, null, Number.NaN, 0, -0, 1, 1.5, -1, Infinity, 0n, 1n, true, false),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      primitive,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.sparseArray(tie('value'), { maxNumElements: 2, maxLength: 4 }),
      fc.dictionary(fc.oneof(text, fc.constant('__proto__')), tie('value'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
      fc.array(primitive, { maxLength: 3 }).map((items) => new Set(items)),
      fc.constantFrom<unknown>(
        new Date(0),
        new Date(1),
        /s/,
        /s/g,
        buffer(49),
        Buffer.from('1'),
        Symbol.for('1'),
      ),
    ),
  }));
  const args = fc.array(value, { maxLength: 3 });

  it('has different keys for different arguments, and one for equal ones', () => {
    let equal = 0;
    fc.assert(
      fc.property(args, args, (one, other) => {
        const isEqual = areEqual(one, other);
        fc.pre(isEqual !== undefined);
        if (isEqual) equal++;
        expect(
          argumentKey(one) === argumentKey(other),
          `${describeValue(one)} and ${describeValue(other)}`,
        ).toBe(isEqual);
      }),
      { numRuns: 20_000 },
    );
    // Equal ones did occur.
    expect(equal).toBeGreaterThan(20);
  });

  it('has one key for a copy whose properties are in the reverse order', () => {
    fc.assert(
      fc.property(args, (one) => {
        expect(argumentKey(one.map(reversed))).toBe(argumentKey(one));
      }),
      { numRuns: 3000 },
    );
  });

  it('tells apart thousands of arguments at once', () => {
    const samples = fc.sample(args, 5000);
    const byKey = new Map<string, unknown[]>();
    for (const sample of samples) {
      const first = byKey.get(argumentKey(sample));
      if (first === undefined) byKey.set(argumentKey(sample), sample);
      else expect(isDeepStrictEqual(first, sample), describeValue([first, sample])).toBe(true);
    }
    expect(byKey.size).toBeGreaterThan(1000);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array(value.length);
    value.forEach((item, at) => {
      copy[at] = reversed(item);
    });
    return copy;
  }
  if (value instanceof Set) return new Set([...value].reverse());
  if (value instanceof Map)
    return new Map([...value].reverse().map(([key, item]) => [reversed(key), reversed(item)]));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const copy = {};
  for (const [name, item] of Object.entries(value).reverse()) {
    Object.defineProperty(copy, name, {
      value: reversed(item),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

/** `undefined` where Node 22 throws: it compares keys of maps that are objects with those that are `undefined`. */
function areEqual(one: unknown, other: unknown): boolean | undefined {
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    return undefined;
  }
}
