import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cache, type CacheOptions, type Strategy } from '../../src/index.ts';
import { KEYS, ModelledCache, STEPS } from '../support/cache-model.ts';

const RUNS = { numRuns: 150 };

/** What every strategy has to do, whatever it evicts. */
export function describeCache(strategy: Strategy): void {
  const setUp = <Value = unknown>(options: CacheOptions<Value> = {}) => {
    const clock = new VirtualClock();
    return { clock, cache: new Cache<Value>({ strategy, clock, ttlJitter: 0, ...options }) };
  };

  describe(strategy, () => {
    it('has the last value of each key, and forgets nothing while there is room', () => {
      fc.assert(
        fc.property(STEPS, (steps) => {
          const modelled = new ModelledCache({ strategy, maxSize: KEYS.length }, false);
          for (const step of steps) modelled.run(step);
          modelled.finish();
        }),
        RUNS,
      );
    });

    it('has the last value of a key or none when entries are limited, at times to fewer', () => {
      fc.assert(
        fc.property(STEPS, fc.integer({ min: 1, max: 4 }), (steps, maxSize) => {
          const modelled = new ModelledCache({ strategy, maxSize }, true);
          for (const step of steps) modelled.run(step);
          modelled.finish();
        }),
        RUNS,
      );
    });

    it('has the last value of a key or none when bytes are limited, and counts them exactly', () => {
      fc.assert(
        fc.property(STEPS, fc.integer({ min: 10, max: 40 }), (steps, maxBytes) => {
          const sizeOf = (value: unknown) => (typeof value === 'number' ? 1 + (value % 10 || 0) : 3);
          const modelled = new ModelledCache({ strategy, maxSize: KEYS.length, maxBytes, sizeOf }, true);
          for (const step of steps) modelled.run(step);
          modelled.finish();
        }),
        RUNS,
      );
    });

    it('accounts for every entry that it has ever had', () => {
      const { cache, clock } = setUp({ maxSize: 100, maxBytes: 900, sizeOf: (value) => Number(value) });
      const inserted = { count: 0 };
      const set = (key: string, bytes: number, ttl: number, tag: string) => {
        if (!cache.has(key)) inserted.count++;
        expect(cache.set(key, bytes, { ttl, tags: [tag] })).toBe(true);
      };
      for (let round = 0; round < 5; round++) {
        for (let index = 0; index < 150; index++) {
          set(`k${(index * (round + 1)) % 211}`, 1 + (index % 30), 10 + (index % 7), `t${index % 9}`);
        }
        cache.delete(`k${round}`);
        cache.invalidateTags(`t${round}`);
        clock.advance(13);
        cache.sweep();
        const { entries, bytes, removed } = cache.getStats();
        const total = removed.capacity + removed.expired + removed.invalidated + removed.deleted;
        expect(entries).toBe(inserted.count - total);
        expect(bytes).toBe([...cache.entries()].reduce((sum, [, value]) => sum + Number(value), 0));
        expect([...cache.keys()]).toHaveLength(entries);
      }
      const { removed } = cache.getStats();
      // The strategy ttl lets go what is about to expire before it does.
      expect(removed.expired > 0).toBe(strategy !== 'ttl');
      expect(removed.capacity).toBeGreaterThan(0);
      expect(removed.invalidated).toBeGreaterThan(0);
    });

    it('is never larger than it may be, whatever it is lowered or raised to', () => {
      const { cache } = setUp({ maxSize: 1000 });
      for (let index = 0; index < 1000; index++) cache.set(`k${index}`, index);
      expect(cache.size).toBe(1000);
      cache.maxSize = 10;
      expect(cache.size).toBe(10);
      for (let index = 0; index < 2000; index++) cache.set(`n${index}`, index);
      expect(cache.size).toBe(10);
      cache.maxSize = 500;
      for (let index = 0; index < 2000; index++) cache.set(`m${index}`, index);
      expect(cache.size).toBe(500);
      expect(cache.getStats().removed.capacity).toBe(5000 - 500);
      cache.maxSize = Number.POSITIVE_INFINITY;
      for (let index = 0; index < 1000; index++) cache.set(`o${index}`, index);
      expect(cache.size).toBe(1500);
      expect(() => {
        cache.maxSize = 0;
      }).toThrow('Cache: maxSize must be a positive integer, got 0');
      expect(cache.size).toBe(1500);
    });

    it('refuses what is larger than an entry may be, and what the key had is gone', () => {
      const { cache } = setUp<string>({ maxBytes: 100, maxEntryBytes: 60, sizeOf: (text) => text.length });
      expect(cache.set('a', 'x'.repeat(60))).toBe(true);
      expect(cache.set('b', 'x'.repeat(40))).toBe(true);
      expect(cache.set('a', 'x'.repeat(61))).toBe(false);
      expect(cache.has('a')).toBe(false);
      expect(cache.get('b')).toBe('x'.repeat(40));
      expect(cache.set('c', 'x'.repeat(1000))).toBe(false);
      expect(cache.getStats()).toMatchObject({
        entries: 1,
        bytes: 40,
        sets: 2,
        refused: { oversize: 2, fenced: 0 },
        removed: { deleted: 1, capacity: 0 },
      });
    });

    it('is left as it was by a set that throws', () => {
      const { cache, clock } = setUp<unknown>({ maxSize: 3, maxBytes: 1000, sizeOf: throwingSize });
      cache.set('old', 1, { tags: ['t'] });
      const before = cache.getStats();
      for (const [value, options] of [
        ['throws', {}],
        [-1, {}],
        [0, {}],
        [Number.NaN, {}],
        [1.5, {}],
        [2 ** 31, {}],
        ['text', {}],
        [1, { tags: [1] }],
        [1, { tags: [''] }],
        [1, { tags: null }],
        [1, { tags: 7 }],
        [1, { ttl: 0 }],
        [1, { ttl: -1 }],
        [1, { ttl: 'soon' }],
        [1, { ttl: Number.NaN }],
        [1, { ttl: null }],
        [1, { keepStale: -1 }],
      ] as [unknown, object][]) {
        expect(() => cache.set('old', value, options)).toThrow();
        expect(() => cache.set('new', value, options)).toThrow();
        expect(cache.getStats()).toEqual(before);
        expect([...cache.entries()]).toEqual([['old', 1]]);
      }
      for (let index = 0; index < 10; index++) cache.set(`k${index}`, 1);
      expect(cache.size).toBe(3);
      cache.invalidateTags('t');
      clock.advance(100);
      cache.clear();
      expect(cache.getStats()).toMatchObject({ entries: 0, bytes: 0 });
    });

    it('keeps what has been invalidated, expired or deleted from counting as full', () => {
      const { cache, clock } = setUp({ maxSize: 4 });
      for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, { ttl: 10, tags: ['t'] });
      clock.advance(10);
      cache.sweep();
      for (const key of ['e', 'f', 'g', 'h']) cache.set(key, key, { tags: ['t'] });
      expect([...cache.keys()].sort()).toEqual(['e', 'f', 'g', 'h']);
      cache.invalidateTags('t');
      clock.advance(10);
      expect(cache.size).toBe(0);
      for (const key of ['i', 'j', 'k', 'l']) cache.set(key, key);
      cache.delete('i');
      cache.set('m', 'm');
      expect([...cache.keys()].sort()).toEqual(['j', 'k', 'l', 'm']);
      expect(cache.getStats().removed).toEqual({ capacity: 0, expired: 4, invalidated: 4, deleted: 1 });
    });

    it('works on with several tables', () => {
      const { cache, clock } = setUp<number>({ maxSize: 140_000 });
      for (let index = 0; index < 3000; index++)
        cache.set(`user:${index}`, index, { tags: [`t${index % 3}`] });
      cache.set('', -1);
      cache.set('é', -2);
      for (let index = 0; index < 3000; index++) expect(cache.get(`user:${index}`)).toBe(index);
      expect([cache.get(''), cache.get('é')]).toEqual([-1, -2]);
      cache.invalidateTags('t1');
      cache.invalidatePattern('user:*7');
      clock.advance(1000);
      const kept = Array.from({ length: 3000 }, (_, index) => index).filter(
        (index) => index % 3 !== 1 && index % 10 !== 7,
      );
      expect([...cache.entries()].map(([, value]) => value).sort((a, b) => a - b)).toEqual([-2, -1, ...kept]);
      expect(cache.size).toBe(kept.length + 2);
      cache.maxSize = 100;
      expect(cache.size).toBe(100);
      cache.clear();
      expect([cache.size, cache.get('user:0'), cache.get('')]).toEqual([0, undefined, undefined]);
      expect(() => cache.get(5 as never)).toThrow('Cache: key must be');
      expect(() => cache.set(5 as never, 1)).toThrow('Cache: key must be');
    });
  });
}

/** Bytes of a number are the number; of anything else there is no telling. */
function throwingSize(value: unknown): number {
  if (value === 'throws') throw new Error('no size');
  return value as number;
}
