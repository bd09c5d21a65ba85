import { seededRandom } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../src/keys/hash-key.ts';

describe('hashKey', () => {
  it('is MurmurHash3 of the UTF-16 of the key', () => {
    // The reference is checked against published values first.
    expect(murmur3(Buffer.from('hello'))).toBe(0x248bfa47);
    expect(murmur3(Buffer.from('The quick brown fox jumps over the lazy dog'))).toBe(0x2e4ff723);
    for (const key of ['', 'a', 'ab', 'abc', 'user:1', 'ключ', '日本語', '😀', '\ud800', 'x'.repeat(1001)]) {
      expect(hashKey(key) >>> 0, key).toBe(murmur3(Buffer.from(key, 'utf16le')));
    }
  });

  it('is a signed 32-bit integer', () => {
    const hashes = Array.from({ length: 1000 }, (_, index) => hashKey(`user:${index}`));
    expect(hashes.every((hash) => hash === (hash | 0))).toBe(true);
    expect(hashes.some((hash) => hash < 0) && hashes.some((hash) => hash > 0)).toBe(true);
  });

  it('sees every character of a long key', () => {
    const key = 'k'.repeat(300);
    const hashes = Array.from(key, (_, at) => hashKey(`${key.slice(0, at)}!${key.slice(at + 1)}`));
    expect(new Set([...hashes, hashKey(key)]).size).toBe(301);
  });

  const families: Readonly<Record<string, (index: number) => string>> = {
    'user:n': (index) => `user:${index}`,
    'n:user': (index) => `${index}:user`,
    hexadecimal: (index) => index.toString(16).padStart(8, '0'),
    path: (index) => `/api/v1/items/${index}?page=${index % 7}`,
    'few characters': (index) => String.fromCharCode(index & 255, (index >> 8) & 255, index >> 16),
  };
  it.each(Object.entries(families))('spreads %s evenly, in its low and in its high bits', (_, key) => {
    const count = 200_000;
    const cells = 1 << 12;
    const low = new Uint32Array(cells);
    const high = new Uint32Array(cells);
    const seen = new Set<number>();
    for (let index = 0; index < count; index++) {
      const hash = hashKey(key(index));
      low[hash & (cells - 1)] = (low[hash & (cells - 1)] ?? 0) + 1;
      high[hash >>> 20] = (high[hash >>> 20] ?? 0) + 1;
      seen.add(hash);
    }
    // Chi-square over its degrees of freedom: 1 ± 5 standard deviations of √(2 / cells).
    const bound = 5 * Math.sqrt(2 / cells);
    for (const counts of [low, high]) {
      const expected = count / cells;
      const chi = counts.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0) / cells;
      expect(Math.abs(chi - 1)).toBeLessThan(bound);
    }
    // 4.7 collisions are expected of chance.
    expect(count - seen.size).toBeLessThan(20);
  });

  it('changes each bit of the hash half of the time when one bit of the key changes', () => {
    const samples = 4000;
    const random = seededRandom(1);
    for (const length of [2, 5, 8]) {
      const flips = Array.from({ length: length * 7 }, () => new Float64Array(32));
      for (let sample = 0; sample < samples; sample++) {
        const key = Array.from({ length }, () => 32 + Math.floor(random() * 95));
        const hash = hashKey(String.fromCharCode(...key));
        flips.forEach((counts, bit) => {
          const other = [...key];
          other[Math.floor(bit / 7)] = (other[Math.floor(bit / 7)] ?? 0) ^ (1 << (bit % 7));
          const difference = hash ^ hashKey(String.fromCharCode(...other));
          for (let at = 0; at < 32; at++) counts[at] = (counts[at] ?? 0) + ((difference >>> at) & 1);
        });
      }
      const worst = Math.max(
        ...flips.flatMap((counts) => [...counts].map((n) => Math.abs(n / samples - 0.5))),
      );
      // Up to 1,800 counts of 4,000 tosses each: 6 standard deviations.
      expect(worst, `keys of ${length}`).toBeLessThan(0.048);
    }
  });
});

/** The algorithm as published, byte by byte. */
function murmur3(bytes: Uint8Array): number {
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  const mix = (word: number) => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    hash = (Math.imul(rotate(hash ^ mix(view.getUint32(at, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (whole < bytes.length) hash ^= mix(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
