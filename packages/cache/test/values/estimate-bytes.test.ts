import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateBytes } from '../../src/values/estimate-bytes.ts';
import { shapes } from './shapes.mjs';

describe('estimateBytes beside the heap', () => {
  const program = fileURLToPath(new URL('./heap-growth.mjs', import.meta.url));
  const measured: Readonly<Record<string, number>> = JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', program], { encoding: 'utf8' }),
  );
  // Kept by V8 in one of two ways that differ by a factor of 6; errors keep a stack of any length.
  const wide: Readonly<Record<string, number>> = {
    'object of 60, parsed': 3,
    'object of 60, grown': 3,
    error: 3,
  };

  it.each(Object.keys(shapes))('%s', (name) => {
    const { count, create } = shapes[name] ?? { count: 0, create: Number };
    const estimates = Array.from({ length: Math.min(count, 50) }, (_, index) => estimateBytes(create(index)));
    const mean = estimates.reduce((sum, bytes) => sum + bytes, 0) / estimates.length;
    const ratio = mean / (measured[name] ?? Number.NaN);
    const factor = wide[name] ?? 1.5;
    expect(ratio, `${mean} estimated, ${measured[name]} measured`).toBeGreaterThan(1 / factor);
    expect(ratio, `${mean} estimated, ${measured[name]} measured`).toBeLessThan(factor);
  });
});

describe('estimateBytes', () => {
  it.each([
    [undefined, 8],
    [null, 8],
    [true, 8],
    [1, 8],
    [-(2 ** 31), 8],
    [2 ** 31, 24],
    [1.5, 24],
    [-0, 8],
    [Number.NaN, 24],
    ['abcdefghi', 40],
    ['漢字漢字漢字漢字漢漢字漢字漢字漢字漢', 64],
    [1n, 32],
    [-(2n ** 200n), 56],
    [{}, 32],
    [{ a: 1, b: null }, 48],
    [[], 40],
    [[1, 'a'], 96],
    [Object.create(null), 32],
    [new WeakMap(), 32],
  ])('%o takes %i bytes', (value, bytes) => {
    expect(estimateBytes(value)).toBe(bytes);
  });

  it('counts an object once, wherever it occurs, cycles too', () => {
    const text = 'x'.repeat(1000);
    const shared = { text };
    const one = estimateBytes(shared);
    expect(estimateBytes([shared])).toBe(one + 56);
    expect(estimateBytes([shared, shared, shared])).toBe(one + 72);
    expect(estimateBytes(new Map([[shared, shared]])) - one).toBeLessThan(200);
    const many = Array.from({ length: 20 }, (_, index) => ({ index }));
    expect(estimateBytes([...many, ...many])).toBe(estimateBytes(many) + 20 * 8);
    const ring: { self?: unknown; text: string } = { text };
    ring.self = ring;
    expect(estimateBytes(ring)).toBe(one + 8);
  });

  it('counts what views show, not what lies beside it', () => {
    const buffer = new ArrayBuffer(1_000_000);
    expect(estimateBytes(new Uint8Array(buffer, 0, 10))).toBeLessThan(300);
    expect(estimateBytes(buffer)).toBeGreaterThan(1_000_000);
  });

  it('does not take the length of an array of holes for its size', () => {
    const sparse: unknown[] = [];
    sparse[1_000_000_000] = 'end';
    expect(estimateBytes(sparse)).toBeLessThan(1000);
  });

  it('looks at a bounded part of a value however large it is', () => {
    let reads = 0;
    const item = {
      get number() {
        reads++;
        return reads;
      },
    };
    const items = Array.from({ length: 100_000 }, () =>
      Object.create(null, Object.getOwnPropertyDescriptors(item)),
    );
    const all = { deep: { items, again: new Map(items.map((each, index) => [index, each])) } };
    expect(estimateBytes(all)).toBeGreaterThan(5_000_000);
    expect(reads).toBeLessThan(3000);
  });

  it('follows long chains as far as it may, without growing the stack over it', () => {
    let chain: { next: unknown } = { next: null };
    for (let index = 0; index < 1_000_000; index++) chain = { next: chain };
    expect(estimateBytes(chain)).toBeGreaterThan(1000);
  });

  it('is not stopped by objects that throw', () => {
    const trap = {
      get fault(): never {
        throw new Error('not now');
      },
    };
    expect(estimateBytes(trap)).toBe(72);
    expect(estimateBytes([trap, 'x'.repeat(1000)])).toBeGreaterThan(1064);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(estimateBytes(revoked.proxy)).toBe(72);
    const large = { trap, list: Array.from({ length: 5000 }, () => trap) };
    expect(estimateBytes(large)).toBeGreaterThan(5000 * 8);
  });

  it('gives a positive integer for anything, and more for a value with more in it', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const bytes = estimateBytes(value);
        expect(Number.isSafeInteger(bytes) && bytes >= 8).toBe(true);
        expect(estimateBytes([value])).toBeGreaterThan(bytes);
        expect(estimateBytes({ value })).toBeGreaterThan(bytes);
      }),
    );
  });
});
