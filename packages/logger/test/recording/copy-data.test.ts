import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataCopier } from '../../src/recording/copy-data.ts';

const copier = new DataCopier();
const copy = (given: unknown) => copier.copy(given);

describe('DataCopier', () => {
  it('copies what JSON knows', () => {
    const data = { text: 'a', number: 1.5, yes: true, nothing: null, nested: { list: [1, 'b', [false]] } };
    expect(copy(data)).toStrictEqual(data);
  });

  it('does not follow later changes', () => {
    const data = { flat: 1, nested: { list: [1] } };
    const flat = { flat: 1 };
    const copies = [copy(data), copy(flat)];
    data.flat = flat.flat = 2;
    data.nested.list.push(2);
    expect(copies).toStrictEqual([{ flat: 1, nested: { list: [1] } }, { flat: 1 }]);
  });

  it('turns into JSON what is none', () => {
    class Point {
      x = 1;
      get y() {
        return 2;
      }
    }
    const copied = copy({
      missing: undefined,
      call: () => {},
      symbol: Symbol('s'),
      big: 12n,
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      zero: -0,
      date: new Date(0),
      noDate: new Date(Number.NaN),
      map: new Map<unknown, unknown>([
        ['a', 1],
        [2, { b: 3n }],
        [{}, 4],
      ]),
      set: new Set([1, undefined]),
      pattern: /a/g,
      bytes: new Uint8Array(3),
      boxed: new String('text'),
      url: new URL('http://localhost/a'),
      point: new Point(),
      list: [undefined, () => {}, Number.NaN],
      [Symbol('key')]: 1,
    });
    expect(copied).toStrictEqual({
      big: '12',
      nan: null,
      infinite: null,
      zero: 0,
      date: '1970-01-01T00:00:00.000Z',
      noDate: null,
      map: { a: 1, '2': { b: '3' }, '[object]': 4 },
      set: [1, null],
      pattern: '/a/g',
      bytes: '[Uint8Array of 3 bytes]',
      boxed: 'text',
      url: 'http://localhost/a',
      point: { x: 1 },
      list: [null, null, null],
    });
  });

  it('cuts long names, and counts what names hold', () => {
    const name = 'n'.repeat(1e6);
    const flat = copy({ [name]: 1 });
    expect(Object.keys(flat)).toStrictEqual([`${'n'.repeat(199)}…`]);
    expect(copy({ nested: { [name]: 1 } })).toStrictEqual({ nested: flat });
    copier.copy({ ['n'.repeat(200)]: 1 });
    expect(copier.weight).toBeGreaterThan(400);
  });

  it('copies errors with their causes', () => {
    const error = new Error('outer', { cause: Object.assign(new TypeError('inner'), { code: 'E_INNER' }) });
    expect(copy({ error })).toStrictEqual({
      error: {
        name: 'Error',
        message: 'outer',
        stack: expect.stringContaining('outer'),
        cause: { name: 'TypeError', message: 'inner', code: 'E_INNER', stack: expect.any(String) },
      },
    });
    expect(copy(error)).toMatchObject({ name: 'Error', message: 'outer' });
  });

  it('wraps what is no object, and takes nothing for no data', () => {
    expect([copy(undefined), copy(null), copy(() => {})]).toStrictEqual([{}, {}, {}]);
    expect([copy('a'), copy(1), copy([1, 2]), copy(new Date(0))]).toStrictEqual([
      { value: 'a' },
      { value: 1 },
      { value: [1, 2] },
      { value: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  it('gets past what throws, refers to itself or answers with itself', () => {
    const circular: Record<string, unknown> = { name: 'a' };
    circular.self = circular;
    circular.list = [circular];
    const shared = { b: 1 };
    const own = { toJSON: () => own, kept: 1 };
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
        getPrototypeOf: () => {
          throw new Error('no');
        },
      },
    );
    const copied = copy({
      circular,
      twice: [shared, shared],
      own,
      hostile,
      get fails() {
        throw new Error('no');
      },
      converts: {
        toJSON: () => {
          throw new Error('no');
        },
      },
    });
    expect(copied).toStrictEqual({
      circular: { name: 'a', self: '[circular]', list: ['[circular]'] },
      twice: [{ b: 1 }, { b: 1 }],
      own: { kept: 1 },
      hostile: '[unreadable]',
      fails: '[unreadable]',
      converts: '[unreadable]',
    });
    expect(copy(hostile)).toStrictEqual({ value: '[unreadable]' });
  });

  it('keeps a key called __proto__ as a key', () => {
    for (const json of ['{"__proto__":1,"a":2}', '{"__proto__":{"b":1},"a":2}']) {
      const copied = copy(JSON.parse(json));
      expect(JSON.stringify(copied)).toBe(json);
      expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    }
  });

  it('cuts long texts, not through a surrogate pair', () => {
    const { text, pairs } = copy({ text: 'x'.repeat(2000), pairs: `${'x'.repeat(1022)}😀😀` }) as Record<
      string,
      string
    >;
    expect(text).toBe(`${'x'.repeat(1023)}…`);
    expect(pairs).toBe(`${'x'.repeat(1022)}…`);
  });

  it('leaves out, and counts, what is too much', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, index]));
    const copied = copy(many);
    expect(Object.keys(copied)).toHaveLength(128);
    expect(copied['…']).toBe('873 more');
    expect((copy({ list: Array(1_000_000).fill(1) }).list as unknown[]).at(-1)).toBe('… 999874 more');
    expect(copy({ map: new Map(Object.entries(many)) })).toMatchObject({ map: { '…': '874 more' } });
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = level % 2 === 0 ? { deep } : [deep];
    expect(JSON.stringify(copy({ deep })).length).toBeLessThan(100);
  });

  it('gives, for whatever it is given, bounded JSON that survives a round trip', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
      maxDepth: 8,
    });
    fc.assert(
      fc.property(anything, (given) => {
        const copied = copy(given);
        const json = JSON.stringify(copied);
        expect(JSON.parse(json)).toStrictEqual(copied);
        expect(json.length).toBeLessThan(200_000);
        expect(copier.weight).toBeLessThan(100_000);
      }),
      { numRuns: 1000 },
    );
  });
});
