import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { Cache, type CacheOptions } from '../../src/index.ts';
import { settle } from '../support/controlled-loader.ts';

const LIMIT = 300_000;

interface Report {
  readonly rows: { id: number; name: string }[];
  readonly at: Date;
}

/* Small enough to be compressed on the event loop, so that virtual time is all that it takes. */
const report = (rows = 500): Report => ({
  rows: Array.from({ length: rows }, (_, id) => ({ id, name: 'the same for all' })),
  at: new Date(5),
});

/** A cache that packs what it may, and a way to let it grow cold. */
function setUp(options: CacheOptions<Report> = {}) {
  const clock = new VirtualClock();
  const cache = new Cache<Report>({
    clock,
    ttlJitter: 0,
    enableCompression: true,
    compressionThreshold: 1000,
    ...options,
  });
  const growCold = async () => {
    for (let pass = 0; pass < 4; pass++) {
      clock.advance(31_000);
      await settle();
    }
  };
  return { clock, cache, growCold };
}

describe('large values that nobody reads', () => {
  for (const valueMode of ['reference', 'freeze', 'clone', 'serialized'] as const) {
    it(`take less room, and are what they were when read: ${valueMode}`, async () => {
      const { cache, growCold } = setUp({ valueMode });
      cache.set('k', report());
      const { bytes } = cache.getStats();
      await growCold();
      expect(cache.getStats()).toMatchObject({ entries: 1, packed: 1, unpacked: 0 });
      expect(cache.getStats().bytes).toBeLessThan(bytes / 3);
      expect(cache.has('k')).toBe(true);
      const read = cache.get('k');
      expect(read).toEqual(report());
      expect(cache.getStats()).toMatchObject({ bytes, packed: 1, unpacked: 1, hits: 1 });
      // Read again it is as in any cache of the mode.
      if (valueMode === 'reference' || valueMode === 'freeze') expect(cache.get('k')).toBe(read);
      else expect(cache.get('k')).not.toBe(read);
      if (valueMode === 'freeze') expect(() => read?.rows.pop()).toThrow(TypeError);
      else read?.rows.pop();
      if (valueMode !== 'reference') expect(cache.get('k')).toEqual(report());
      await growCold();
      expect(cache.getStats().packed).toBe(2);
    });
  }

  it('are left alone while they are read', async () => {
    const { cache, clock } = setUp();
    cache.set('k', report());
    for (let second = 0; second < 200; second++) {
      clock.advance(1000);
      await settle();
      expect(cache.get('k')?.at).toEqual(new Date(5));
    }
    expect(cache.getStats()).toMatchObject({ packed: 0, unpacked: 0 });
  });

  it('can be overwritten, deleted, invalidated, evicted and expire as others can', async () => {
    const { cache, growCold, clock } = setUp({ maxSize: 3, strategy: 'fifo' });
    for (const key of ['a', 'b', 'c']) cache.set(key, report(), { tags: [key] });
    await growCold();
    expect(cache.getStats().packed).toBe(3);
    cache.set('a', report(1), { tags: ['a'] });
    expect(cache.get('a')).toEqual(report(1));
    cache.invalidateTags('b');
    expect(cache.get('b')).toBe(undefined);
    cache.delete('c');
    cache.delete('a');
    expect(cache.getStats()).toMatchObject({ entries: 0, bytes: 0 });
    cache.set('d', report(), { ttl: 200_000 });
    await growCold();
    expect(cache.getStats().packed).toBe(4);
    clock.advance(76_000);
    expect(cache.get('d')).toBe(undefined);
    expect(cache.getStats()).toMatchObject({ entries: 0, bytes: 0 });
    cache.stop();
    expect(clock.pending).toBe(0);
  });

  it('that were packed make room for others, and never more than there is', async () => {
    const { cache, growCold } = setUp({ maxBytes: LIMIT });
    for (let index = 0; index < 4; index++) cache.set(`k${index}`, report());
    await growCold();
    const packed = cache.getStats();
    expect(packed.packed).toBe(packed.entries);
    for (let index = 0; index < 40; index++) {
      cache.set(`l${index}`, report());
      await growCold();
      expect(cache.getStats().bytes).toBeLessThanOrEqual(LIMIT);
    }
    expect(cache.size).toBeGreaterThan(packed.entries);
    for (const key of [...cache.keys()]) {
      const value = cache.get(key);
      if (value !== undefined) expect(value).toEqual(report());
      expect(cache.getStats().bytes).toBeLessThanOrEqual(LIMIT);
    }
  });

  it('by a reckoning of the user are never more than there is either', async () => {
    const { cache, growCold } = setUp({ maxBytes: 10, sizeOf: () => 1, compressionThreshold: 1 });
    for (let index = 0; index < 10; index++) cache.set(`k${index}`, report());
    await growCold();
    expect(cache.getStats().bytes).toBeLessThanOrEqual(10);
    expect(cache.size).toBe(10);
  });
});
