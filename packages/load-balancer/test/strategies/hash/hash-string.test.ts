import { describe, expect, it } from 'vitest';
import { hashString, nextHash } from '../../../src/strategies/hash/hash-string.ts';

/* Chi-square of the counts of hashes by some of their bits; about the count of cells, its deviation √(2 cells). */
function chiSquare(hashes: readonly number[], cellOf: (hash: number) => number, cells: number): number {
  const counts = new Float64Array(cells);
  for (const hash of hashes) {
    const cell = cellOf(hash);
    counts[cell] = (counts[cell] as number) + 1;
  }
  const mean = hashes.length / cells;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

const KINDS: Readonly<Record<string, (at: number) => string>> = {
  numbers: (at) => `${at}`,
  'names with numbers': (at) => `user:${at}`,
  paths: (at) => `/api/customers/${at % 100}/orders/${at}?page=1`,
  'identifiers, differing in the middle': (at) => `0000-${at.toString(16).padStart(6, '0')}-4000-8000`,
  'beyond ASCII': (at) => `ключ-${at}-鍵`,
};

describe('hashString', () => {
  it('is the same everywhere', () => {
    expect(['', 'a', 'ab', 'abc', 'user:1', 'ключ'].map((text) => hashString(text))).toMatchInlineSnapshot(`
      [
        0,
        2312850244,
        2950301317,
        2995871560,
        1830371446,
        427435879,
      ]
    `);
  });

  it.each(Object.keys(KINDS))('spreads keys as chance would, by high bits and low: %s', (kind) => {
    const hashes = Array.from({ length: 200_000 }, (_, at) =>
      hashString((KINDS[kind] as (at: number) => string)(at)),
    );
    const limit = 1024 + 6 * Math.sqrt(2 * 1024);
    expect(chiSquare(hashes, (hash) => hash >>> 22, 1024)).toBeLessThan(limit);
    expect(chiSquare(hashes, (hash) => hash & 1023, 1024)).toBeLessThan(limit);
    expect(chiSquare(hashes.map(nextHash), (hash) => hash >>> 22, 1024)).toBeLessThan(limit);
    // The next hash says nothing of the first.
    const pairs = (hash: number) => ((hash >>> 27) << 5) | (nextHash(hash) >>> 27);
    expect(chiSquare(hashes, pairs, 1024)).toBeLessThan(limit);
  });

  it('changes each bit with probability one half when one character changes by a bit', () => {
    const flips = new Float64Array(32);
    let tries = 0;
    for (let at = 0; at < 400; at++) {
      const text = `session-${at}-token`;
      for (let place = 0; place < text.length; place++) {
        const changed = String.fromCharCode(text.charCodeAt(place) ^ (1 << (at % 7)));
        const difference =
          hashString(text) ^ hashString(text.slice(0, place) + changed + text.slice(place + 1));
        for (let bit = 0; bit < 32; bit++) flips[bit] = (flips[bit] as number) + ((difference >>> bit) & 1);
        tries += 1;
      }
    }
    for (const count of flips) expect(Math.abs(count / tries - 0.5)).toBeLessThan(0.05);
  });

  it('tells strings apart that differ in length, order or seed alone', () => {
    expect(new Set(['', '\0', '\0\0', 'ab', 'ba', 'aab', 'aba'].map((text) => hashString(text))).size).toBe(
      7,
    );
    expect(hashString('a', 1)).not.toBe(hashString('a', 2));
  });
});
