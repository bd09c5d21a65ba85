import { seededRandom, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { Cache, type CacheOptions, UnstorableValueError } from '../../src/index.ts';

const setUp = <Value = unknown>(options: CacheOptions<Value> = {}) => {
  const clock = new VirtualClock();
  return { clock, cache: new Cache<Value>({ clock, ttlJitter: 0, ...options }) };
};

describe('keys', () => {
  it('are any strings', () => {
    const { cache } = setUp();
    const long = 'x'.repeat(1_000_000);
    const keys = [
      '',
      ' ',
      '\0',
      '__proto__',
      'constructor',
      'é',
      'e\u0301',
      '\ud800',
      '😀',
      long,
      `${long}!`,
    ];
    for (const [index, key] of keys.entries()) cache.set(key, index);
    expect(keys.map((key) => cache.get(key))).toEqual([...keys.keys()]);
    expect(new Set(cache.keys())).toEqual(new Set(keys));
    expect(cache.getStats()).toMatchObject({ entries: keys.length, hits: keys.length, misses: 0 });
  });

  it.each([5, null, undefined, {}, ['a'], Symbol('a'), 1n])('are nothing else: %s', (key) => {
    const { cache } = setUp();
    const bad = key as never;
    const calls = {
      get: () => cache.get(bad),
      peek: () => cache.peek(bad),
      has: () => cache.has(bad),
      set: () => cache.set(bad, 1),
      delete: () => cache.delete(bad),
      invalidatePrefix: () => cache.invalidatePrefix(bad),
    };
    for (const call of Object.values(calls)) {
      expect(call).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
      expect(call).toThrow(/^Cache: key must be a string, got /);
    }
    expect(cache.getStats()).toMatchObject({ entries: 0, hits: 0, misses: 0, sets: 0 });
  });
});

describe('values', () => {
  it('may be undefined, null, 0, false, an empty string or NaN: each is a hit', () => {
    for (const valueMode of ['reference', 'freeze', 'clone', 'serialized'] as const) {
      const { cache } = setUp({ valueMode });
      const values = [undefined, null, 0, false, '', Number.NaN, -0, 0n];
      for (const [index, value] of values.entries()) {
        cache.set(`k${index}`, value);
        cache.set(`k${index}`, value);
      }
      for (const [index, value] of values.entries()) {
        expect(cache.has(`k${index}`)).toBe(true);
        expect(cache.get(`k${index}`)).toBe(value);
        expect(cache.peek(`k${index}`)).toBe(value);
      }
      expect(cache.getStats()).toMatchObject({ hits: values.length, misses: 0, hitRatio: 1 });
      expect([...cache.entries()].map(([, value]) => value)).toEqual(values);
    }
  });

  it('by reference are the same object', () => {
    const { cache } = setUp<object>();
    const value = { list: [1] };
    cache.set('a', value);
    expect(cache.get('a')).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
  });

  it('frozen are the same object, which nobody can change any more', () => {
    const { cache } = setUp<{ list: number[] }>({ valueMode: 'freeze' });
    const value = { list: [1] };
    cache.set('a', value);
    expect(cache.get('a')).toBe(value);
    expect(() => cache.get('a')?.list.push(2)).toThrow(TypeError);
    expect(cache.get('a')).toEqual({ list: [1] });
  });

  for (const valueMode of ['clone', 'serialized'] as const) {
    it(`in the mode ${valueMode} are out of reach for those who set and read them`, () => {
      const { cache } = setUp<{ list: number[]; at: Date }>({ valueMode });
      const value = { list: [1], at: new Date(5) };
      cache.set('a', value);
      value.list.push(2);
      const first = cache.get('a');
      first?.list.push(3);
      cache.peek('a')?.list.push(4);
      for (const [, read] of cache.entries()) read.list.push(5);
      expect(cache.get('a')).toEqual({ list: [1], at: new Date(5) });
      expect(cache.get('a')).not.toBe(cache.get('a'));
      cache.set('a', { list: [9], at: new Date(6) });
      expect(cache.get('a')).toEqual({ list: [9], at: new Date(6) });
    });

    it(`in the mode ${valueMode} are refused where they cannot be copied, and nothing is changed`, () => {
      const { cache } = setUp<unknown>({ valueMode });
      cache.set('a', [1]);
      for (const value of [() => {}, { save: () => {} }, Symbol('s')]) {
        expect(() => cache.set('a', value)).toThrow(UnstorableValueError);
        expect(() => cache.set('b', value)).toThrow('the value of "b" cannot be stored: value');
      }
      expect([...cache.entries()]).toEqual([['a', [1]]]);
      expect(cache.size).toBe(1);
    });
  }
});

describe('bytes', () => {
  it('are estimated, keys and entries included, where there is no sizeOf', () => {
    const { cache } = setUp<string>({ maxBytes: '1mb' });
    cache.set('a', 'x'.repeat(10_000));
    const { bytes } = cache.getStats();
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(11_000);
    cache.set('b'.repeat(1000), 'x'.repeat(10_000));
    expect(cache.getStats().bytes).toBe(2 * bytes + 999);
    for (let index = 0; index < 1000; index++) cache.set(`k${index}`, 'x'.repeat(10_000));
    expect(cache.getStats().bytes).toBeLessThanOrEqual(1024 * 1024);
    expect(cache.size).toBeGreaterThan(90);
    cache.clear();
    expect(cache.getStats().bytes).toBe(0);
  });

  it('are not counted where nothing asks for it', () => {
    const { cache } = setUp<string>();
    cache.set('a', 'x'.repeat(10_000));
    expect(cache.getStats().bytes).toBe(0);
  });

  it('of one entry can be limited by themselves', () => {
    const { cache } = setUp<string>({ maxEntryBytes: '2kb' });
    expect(cache.set('a', 'x'.repeat(1000))).toBe(true);
    expect(cache.set('a', 'x'.repeat(3000))).toBe(false);
    expect(cache.set('b', 'x'.repeat(3000))).toBe(false);
    expect(cache.getStats()).toMatchObject({ entries: 0, bytes: 0, refused: { oversize: 2, fenced: 0 } });
  });

  it('follow a value that is overwritten with a larger or smaller one', () => {
    const { cache } = setUp<string>({ maxBytes: 100, sizeOf: (value) => value.length });
    for (const length of [10, 90, 3, 50]) {
      cache.set('a', 'x'.repeat(length));
      expect(cache.getStats()).toMatchObject({ entries: 1, bytes: length });
    }
    cache.set('b', 'x'.repeat(50));
    expect(cache.getStats()).toMatchObject({ entries: 2, bytes: 100 });
    cache.set('a', 'x'.repeat(51));
    expect(cache.getStats().bytes).toBeLessThanOrEqual(100);
    expect(cache.size).toBe(1);
  });

  it('of junk are refused with a message that says what sizeOf gave', () => {
    const sizes = [Number.NaN, -1, 0, 1.5, 2 ** 31, Number.POSITIVE_INFINITY, '12', undefined, null, {}];
    for (const size of sizes) {
      const { cache } = setUp({ sizeOf: () => size as number });
      expect(() => cache.set('a', 1)).toThrow(/^Cache: sizeOf\(value, "a"\) must be .*, got /);
      expect(cache.size).toBe(0);
    }
    const { cache } = setUp({
      sizeOf: () => {
        throw new RangeError('no size');
      },
    });
    expect(() => cache.set('a', 1)).toThrow(new RangeError('no size'));
    expect(cache.size).toBe(0);
  });

  it('are told the value and the key', () => {
    const calls: unknown[] = [];
    const { cache } = setUp<number>({
      sizeOf: (value, key) => {
        calls.push([value, key]);
        return 1;
      },
    });
    cache.set('a', 7);
    expect(calls).toEqual([[7, 'a']]);
  });
});

describe('statistics', () => {
  it('count hits, misses and sets, and give the hit ratio', () => {
    const { cache, clock } = setUp();
    expect(cache.getStats()).toMatchObject({
      hits: 0,
      misses: 0,
      hitRatio: 0,
      sets: 0,
      entries: 0,
      bytes: 0,
    });
    cache.set('a', 1, { ttl: 100 });
    cache.set('a', 2, { ttl: 100 });
    for (let count = 0; count < 3; count++) cache.get('a');
    cache.get('b');
    clock.advance(100);
    cache.get('a');
    expect(cache.getStats()).toMatchObject({
      hits: 3,
      misses: 2,
      hitRatio: 0.6,
      sets: 2,
      removed: { capacity: 0, expired: 1, invalidated: 0, deleted: 0 },
      refused: { oversize: 0, fenced: 0 },
    });
  });

  it('are a copy', () => {
    const { cache } = setUp();
    const stats = cache.getStats();
    cache.set('a', 1);
    cache.delete('a');
    expect(stats.removed.deleted).toBe(0);
    expect(cache.getStats().removed.deleted).toBe(1);
  });
});

describe('the hottest keys', () => {
  it('are found by a sample of the hits, with estimates in proportion', () => {
    const { cache } = setUp({ random: seededRandom(1) });
    for (let index = 0; index < 2000; index++) cache.set(`k${index}`, index);
    const random = seededRandom(2);
    for (let count = 0; count < 400_000; count++) {
      const draw = random();
      if (draw < 0.3) cache.get('k0');
      else if (draw < 0.5) cache.get('k1');
      else cache.get(`k${2 + Math.floor(random() * 1998)}`);
    }
    const [first, second, ...others] = cache.hottestKeys(3);
    expect([first?.key, second?.key]).toEqual(['k0', 'k1']);
    expect(first?.hits).toBeGreaterThan(100_000);
    expect(first?.hits).toBeLessThan(140_000);
    expect(second?.hits).toBeGreaterThan(65_000);
    expect(second?.hits).toBeLessThan(95_000);
    expect(others).toHaveLength(1);
    // However many keys are read, few are remembered.
    expect(cache.hottestKeys(10_000).length).toBeLessThanOrEqual(128);
  });

  it('are none before anything is read', () => {
    expect(setUp().cache.hottestKeys()).toEqual([]);
  });
});

describe('what an optimizer may turn', () => {
  it('is the number of entries, from a quarter to four times what was configured', () => {
    const { cache } = setUp({ maxSize: 100, strategy: 'lru' });
    const [size, ...others] = cache.tunables();
    expect(others).toEqual([]);
    expect(size).toMatchObject({ name: 'cache.maxSize', min: 25, max: 400 });
    for (let index = 0; index < 200; index++) cache.set(`k${index}`, index);
    expect(cache.size).toBe(100);
    size?.set(25.4 as never);
    expect([cache.maxSize, cache.size, size?.get()]).toEqual([25, 25, 25]);
    size?.set(400 as never);
    for (let index = 0; index < 1000; index++) cache.set(`k${index}`, index);
    expect(cache.size).toBe(400);
  });

  it('is the share of newcomers too, for the adaptive strategy', () => {
    const { cache } = setUp({ maxSize: 100 });
    const window = cache.tunables().find(({ name }) => name === 'cache.window');
    window?.set(0.5 as never);
    expect([window?.get(), cache.window]).toEqual([0.5, 0.5]);
    cache.pinWindow(undefined);
    expect(cache.window).toBeGreaterThan(0);
    expect(() => cache.pinWindow(2)).toThrow('Cache: window must be');
    expect(setUp({ strategy: 'lru' }).cache.window).toBe(undefined);
  });

  it('is nothing where there is no limit of entries', () => {
    expect(setUp({ maxBytes: '1mb', strategy: 'lru' }).cache.tunables()).toEqual([]);
  });
});

describe('options', () => {
  it.each([
    [{ maxSize: 0 }, 'maxSize must be a positive integer, got 0'],
    [{ maxSize: -3 }, 'maxSize must be a positive integer, got -3'],
    [{ maxSize: 1.5 }, 'maxSize must be a positive integer, got 1.5'],
    [{ maxSize: '10' }, 'maxSize must be a positive integer, got "10"'],
    [{ maxSize: Number.NaN }, 'maxSize must be a positive integer, got NaN'],
    [{ maxBytes: 0 }, 'maxBytes must be'],
    [{ maxBytes: 'lots' }, 'got "lots"'],
    [{ maxEntryBytes: -1 }, 'maxEntryBytes must be'],
    [
      { strategy: 'mru' },
      'strategy must be one of "adaptive", "lru", "lfu", "fifo", "ttl", "sieve", "s3-fifo"',
    ],
    [{ sizeOf: 5 }, 'sizeOf must be a function, got 5'],
    [{ defaultTtl: 0 }, 'defaultTtl must be'],
    [{ defaultTtl: 'soon' }, 'got "soon"'],
    [{ ttlJitter: 2 }, 'ttlJitter must be'],
    [
      { valueMode: 'copy' },
      'valueMode must be one of "reference", "freeze", "clone", "serialized", got "copy"',
    ],
    [{ enableCompression: 'yes' }, 'enableCompression must be true or false, got "yes"'],
    [{ compressionThreshold: 0 }, 'compressionThreshold must be'],
    [{ clock: {} }, 'clock must be'],
    [{ random: 0.5 }, 'random must be a function, got 0.5'],
    [{ maxSiez: 10 }, 'maxSiez'],
    [null, 'null'],
    ['lru', '"lru"'],
  ])('that are wrong say so: %j', (options, message) => {
    expect(() => new Cache(options as never)).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
    expect(() => new Cache(options as never)).toThrow(message);
  });

  it('that are wrong are all told at once', () => {
    const options = { maxSize: 0, valueMode: 'copy', colour: 'red' };
    expect(() => new Cache(options as never)).toThrow(
      expect.objectContaining({ issues: expect.objectContaining({ length: 3 }) }),
    );
  });

  it('may say Infinity for no limit', () => {
    const { cache } = setUp({
      maxSize: Infinity,
      maxBytes: Infinity,
      maxEntryBytes: Infinity,
      defaultTtl: Infinity,
    });
    expect(cache.maxSize).toBe(10_000);
    expect(setUp({ maxSize: Infinity, maxBytes: 100 }).cache.maxSize).toBe(Infinity);
    cache.set('a', 1, { ttl: Infinity, keepStale: Infinity });
    expect(cache.get('a')).toBe(1);
  });
});
