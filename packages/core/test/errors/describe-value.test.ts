import { describeValue } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const cycle: Record<string, unknown> = { name: 'loop' };
cycle.self = cycle;

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const { proxy: revokedFunction, revoke: revokeFunction } = Proxy.revocable(() => {}, {});
revokeFunction();

const refuse = (): never => {
  throw new Error('no');
};
const hostileProxy = new Proxy(
  {},
  { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse },
);

class Point {
  x = 1;
  y = 2;
}

describe('describeValue', () => {
  it.each([
    ['text', '"text"'],
    ['two\nlines "quoted"', String.raw`"two\nlines \"quoted\""`],
    ['', '""'],
    [12.5, '12.5'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [12n, '12n'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('mark'), 'Symbol(mark)'],
    [function named() {}, 'function named'],
    [(() => () => {})(), 'a function'],
    [Point, 'function Point'],
    [[1, 'a', null, [2]], '[1,"a",null,[2]]'],
    [[], '[]'],
    [{ a: 1, 'b c': { d: undefined } }, '{"a":1,"b c":{"d":undefined}}'],
    [{}, '{}'],
    [new Point(), '{"x":1,"y":2}'],
    [Object.create(null), '{}'],
    [{ big: 1n, at: Symbol.iterator }, '{"big":1n,"at":Symbol(Symbol.iterator)}'],
    [new TypeError('wrong'), 'TypeError: wrong'],
    [new Date(Number.NaN), 'Invalid Date'],
    [new Map([[1, 2]]), 'a Map'],
    [/x/, 'a RegExp'],
    [Promise.resolve(), 'a Promise'],
    [new Float64Array(1e6), 'a Float64Array'],
    [{ toJSON: refuse, a: 1 }, '{"toJSON":function refuse,"a":1}'],
    [cycle, '{"name":"loop","self":{"name":"loop","self":{"name":"loop","self":{…}}}}'],
    [[[[['deep']]]], '[[[[…]]]]'],
    [Symbol('a\nb'), 'Symbol(a b)'],
  ])('case %#', (value, expected) => {
    expect(describeValue(value)).toBe(expected);
  });

  it('cuts what is long', () => {
    expect(describeValue('x'.repeat(79))).toBe(`"${'x'.repeat(78)}…`);
    expect(describeValue('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
    expect(describeValue('x'.repeat(10_000_000))).toBe(`"${'x'.repeat(78)}…`);
    expect(describeValue(Array.from({ length: 1000 }, (_, index) => index))).toMatch(/^\[0,1,2,.*…$/);
  });

  it('does not read more of a large value than it shows', () => {
    let read = 0;
    const items = new Proxy([], {
      get(_, key) {
        if (key === 'length') return 1e9;
        read += 1;
        return { text: 'item' };
      },
    });
    expect(describeValue(items)).toHaveLength(80);
    expect(read).toBeLessThan(100);
    expect(describeValue(new Array(4e9))).toHaveLength(80);
  });

  it.each([
    [
      'a throwing getter',
      {
        get secret() {
          return refuse();
        },
      },
      'an object that cannot be read',
    ],
    [
      'a throwing tag',
      {
        get [Symbol.toStringTag]() {
          return refuse();
        },
      },
      'an object that cannot be read',
    ],
    ['a hostile proxy', hostileProxy, 'an object that cannot be read'],
    ['a revoked proxy', revoked, 'an object that cannot be read'],
    ['a revoked proxy of a function', revokedFunction, 'a function'],
    [
      'an error that cannot be shown',
      Object.assign(new Error('x'), { toString: refuse }),
      'an object that cannot be read',
    ],
  ])('does not throw for %s', (_, value, expected) => {
    expect(describeValue(value)).toBe(expected);
  });

  it('is a short line for anything', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
        (value) => {
          const text = describeValue(value);
          expect(text.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThanOrEqual(80);
          expect(text).not.toMatch(/[\r\n\u2028\u2029]/);
        },
      ),
    );
  });
});
