import { describe, expect, it } from 'vitest';
import { UnstorableValueError } from '../../src/values/value-errors.ts';
import { createValueMode, VALUE_MODES, type ValueMode } from '../../src/values/value-modes.ts';

interface Order {
  id: number;
  lines: { name: string }[];
}

const order = (): Order => ({ id: 1, lines: [{ name: 'tea' }] });

/** As a cache does it. */
function keep(mode: ValueMode, value: unknown) {
  const keeper = createValueMode<unknown>(mode);
  const kept = keeper.in(value, 'order:1');
  return { read: () => (keeper.encodes(value) ? keeper.out(kept) : kept), kept };
}

function change(value: unknown): void {
  try {
    (value as Order).lines.push({ name: 'coffee' });
    (value as Order).id = 2;
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
  }
}

describe.each(VALUE_MODES)('%s', (mode) => {
  it('gives back an equal value', () => {
    expect(keep(mode, order()).read()).toEqual(order());
  });

  it.each([undefined, null, 0, -0, Number.NaN, '', 'text', true, 12n])('keeps %s as it is', (value) => {
    const { read, kept } = keep(mode, value);
    expect(kept).toBe(value);
    expect(read()).toBe(value);
  });
});

describe.each(['freeze', 'clone', 'serialized'] as const)('%s', (mode) => {
  it('does not let a reader change what others read', () => {
    const { read } = keep(mode, order());
    change(read());
    expect(read()).toEqual(order());
  });
});

describe.each(['clone', 'serialized'] as const)('%s', (mode) => {
  it('does not let the writer change it afterwards', () => {
    const value = order();
    const { read } = keep(mode, value);
    change(value);
    expect(read()).toEqual(order());
    expect(Object.isFrozen(value)).toBe(false);
  });

  it('keeps bytes to themselves, and a Buffer a Buffer', () => {
    const value = Buffer.from('abc');
    const { read } = keep(mode, value);
    value[0] = 0;
    const first = read() as Buffer;
    expect(Buffer.isBuffer(first) && first.toString()).toBe('abc');
    first[0] = 0;
    expect(String(read())).toBe('abc');
    // Small Buffers are cut from a pool, and come from it, but what is kept is not all of it.
    expect((read() as Buffer).buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  it.each<[unknown, string]>([
    [{ lines: [{ save: () => 0 }] }, 'value.lines[0].save'],
    [Symbol('mark'), 'value'],
    [() => 0, 'value'],
  ])('names the key and the path of what it cannot keep (%#)', (value, path) => {
    const attempt = () => createValueMode<unknown>(mode).in(value, 'order:1');
    expect(attempt).toThrow(UnstorableValueError);
    expect(attempt).toThrow(`the value of "order:1" cannot be stored: ${path} `);
    expect(attempt).toThrow(expect.objectContaining({ code: 'UNSTORABLE_VALUE', key: 'order:1', path }));
  });
});

describe('reference', () => {
  it('keeps the value itself', () => {
    const value = order();
    expect(keep('reference', value).read()).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
  });
});

describe('freeze', () => {
  it('freezes the value itself, all the way down', () => {
    const hidden = {};
    const symbol = Symbol('s');
    const value = {
      list: [{ deep: { deeper: {} } }],
      map: new Map([[{ key: 1 }, { value: 1 }]]),
      set: new Set([{ item: 1 }]),
      [symbol]: { named: 1 },
    };
    Object.defineProperty(value, 'hidden', { value: hidden });
    expect(keep('freeze', value).read()).toBe(value);
    const entry = [...value.map].flat();
    for (const each of [
      value,
      value.list,
      value.list[0]?.deep.deeper,
      ...entry,
      ...value.set,
      value[symbol],
      hidden,
    ]) {
      expect(Object.isFrozen(each)).toBe(true);
    }
  });

  it('goes on below what was frozen before, and comes to an end in cycles', () => {
    interface Ring {
      next: Ring | undefined;
      inner: { n: number };
    }
    const first: Ring = { next: undefined, inner: { n: 1 } };
    const second: Ring = Object.freeze({ next: first, inner: { n: 2 } });
    first.next = second;
    Object.freeze(first);
    keep('freeze', first);
    expect(Object.isFrozen(first.inner) && Object.isFrozen(second.inner)).toBe(true);
  });

  it('leaves alone what cannot be frozen, getters and functions', () => {
    let calls = 0;
    const value = {
      bytes: new Uint8Array(3),
      buffer: Buffer.from('abc'),
      get computed() {
        calls++;
        return {};
      },
      method() {},
    };
    keep('freeze', value);
    expect(Object.isFrozen(value)).toBe(true);
    expect(calls).toBe(0);
    expect(Object.isFrozen(value.method)).toBe(false);
    value.bytes[0] = 1;
    expect(value.bytes[0]).toBe(1);
  });

  it('needs no stack for a long chain', () => {
    let chain: { next: unknown } = { next: null };
    const last = chain;
    for (let index = 0; index < 100_000; index++) chain = { next: chain };
    keep('freeze', chain);
    expect(Object.isFrozen(last)).toBe(true);
  });

  it('names the key of what refuses', () => {
    const stubborn = new Proxy({}, { preventExtensions: () => false });
    expect(() => keep('freeze', stubborn)).toThrow(
      'the value of "order:1" cannot be stored: value cannot be frozen',
    );
  });
});
