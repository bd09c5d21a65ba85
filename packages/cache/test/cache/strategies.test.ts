import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { Cache, type CacheOptions, STRATEGIES } from '../../src/index.ts';
import { describeCache } from './describe-cache.ts';

for (const strategy of STRATEGIES) describeCache(strategy);

describe('what goes when the cache is full', () => {
  const filled = (options: CacheOptions<string>, keys: string) => {
    const cache = new Cache<string>({ clock: new VirtualClock(), ttlJitter: 0, maxSize: 4, ...options });
    for (const key of keys) cache.set(key, key);
    return cache;
  };
  const keysOf = (cache: Cache<string>) => [...cache.keys()].sort().join('');

  it('lru: the least recently read or set, but peek and has are no reads', () => {
    const cache = filled({ strategy: 'lru' }, 'abcd');
    cache.get('a');
    cache.peek('b');
    cache.has('b');
    cache.set('c', 'C');
    cache.set('e', 'e');
    expect(keysOf(cache)).toBe('acde');
    cache.set('f', 'f');
    expect(keysOf(cache)).toBe('acef');
    cache.set('g', 'g');
    expect(keysOf(cache)).toBe('cefg');
    expect(cache.get('c')).toBe('C');
  });

  it('fifo: the oldest, however often it is read or set', () => {
    const cache = filled({ strategy: 'fifo' }, 'abcd');
    for (let count = 0; count < 10; count++) cache.get('a');
    cache.set('b', 'B');
    cache.set('e', 'e');
    expect(keysOf(cache)).toBe('bcde');
    cache.set('f', 'f');
    expect(keysOf(cache)).toBe('cdef');
  });

  it('fifo: a key that was deleted comes anew', () => {
    const cache = filled({ strategy: 'fifo' }, 'abcd');
    cache.delete('a');
    cache.set('a', 'a');
    cache.set('e', 'e');
    expect(keysOf(cache)).toBe('acde');
  });

  it('lfu: the least often read, of equals the one that waits longest', () => {
    const cache = filled({ strategy: 'lfu' }, 'abcd');
    for (const key of 'aaabbd') cache.get(key);
    cache.set('e', 'e');
    expect(keysOf(cache)).toBe('abde');
    for (const key of 'ee') cache.get(key);
    cache.set('f', 'f');
    expect(keysOf(cache)).toBe('abef');
  });

  it('ttl: the soonest to expire, whatever was set or read when', () => {
    const cache = filled({ strategy: 'ttl' }, '');
    cache.set('a', 'a', { ttl: 4000 });
    cache.set('b', 'b', { ttl: 1000 });
    cache.set('c', 'c');
    cache.set('d', 'd', { ttl: 2000 });
    for (let count = 0; count < 10; count++) cache.get('b');
    cache.set('e', 'e', { ttl: 5000 });
    expect(keysOf(cache)).toBe('acde');
    // Brought forward, and put off.
    cache.set('a', 'a', { ttl: 1000 });
    cache.set('d', 'd', { ttl: 9000 });
    cache.set('f', 'f', { ttl: 8000 });
    expect(keysOf(cache)).toBe('cdef');
    cache.set('g', 'g', { ttl: '1h' });
    expect(keysOf(cache)).toBe('cdfg');
    cache.set('c', 'c', { ttl: 10 });
    cache.set('h', 'h', { ttl: '1h' });
    expect(keysOf(cache)).toBe('dfgh');
  });

  it('sieve: the oldest that was not read since the hand passed', () => {
    const cache = filled({ strategy: 'sieve' }, 'abcd');
    cache.get('a');
    cache.get('c');
    cache.set('e', 'e');
    expect(keysOf(cache)).toBe('acde');
    cache.set('f', 'f');
    expect(keysOf(cache)).toBe('acef');
  });

  for (const strategy of ['adaptive', 's3-fifo', 'lfu', 'sieve'] as const) {
    it(`${strategy}: what is read often outlives a scan`, () => {
      const cache = filled({ strategy, maxSize: 100 }, '');
      for (let round = 0; round < 5; round++) {
        for (let index = 0; index < 50; index++) {
          if (cache.get(`hot${index}`) === undefined) cache.set(`hot${index}`, 'hot');
        }
      }
      for (let index = 0; index < 1000; index++) {
        if (cache.get(`scan${index}`) === undefined) cache.set(`scan${index}`, 'scan');
        // The working set goes on to be used, now and then.
        if (index % 2 === 0) cache.get(`hot${(index / 2) % 50}`);
      }
      const hot = [...cache.entries()].filter(([, value]) => value === 'hot').length;
      expect(hot).toBeGreaterThanOrEqual(45);
    });
  }
});
