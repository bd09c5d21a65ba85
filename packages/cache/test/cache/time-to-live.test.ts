import { seededRandom, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { Cache, type CacheOptions } from '../../src/index.ts';

const DAY = 86_400_000;

const setUp = (options: CacheOptions = {}) => {
  const clock = new VirtualClock();
  return { clock, cache: new Cache({ clock, ttlJitter: 0, ...options }) };
};

describe('a time to live', () => {
  it.each([
    [250, 250],
    ['250', 250],
    ['5m', 300_000],
    ['1h 30m', 5_400_000],
    ['2 d', 2 * DAY],
    [0.001, 1],
    [1.2, 2],
    // Beyond 2^30 ms, and beyond 2^31 ms, which is where timers and 32-bit integers end.
    [30 * DAY, 30 * DAY],
    [2 ** 30 - 1, 2 ** 30 - 1],
    [2 ** 30, 2 ** 30],
    [2 ** 30 + 1, 2 ** 30 + 1],
    [50 * DAY, 50 * DAY],
    [2 ** 31, 2 ** 31],
  ])('of %s is over after %d ms, not before', (ttl, ms) => {
    // The latter keeps its entries by their expiry, unlike all others.
    for (const strategy of ['adaptive', 'ttl'] as const) {
      const { cache, clock } = setUp({ strategy });
      cache.set('a', 'first', { ttl: 5 });
      cache.set('a', 'second', { ttl });
      cache.set('untouched', 1, { ttl });
      clock.advance(Math.floor(ms / 2));
      expect(cache.get('a')).toBe('second');
      clock.advance(ms - 1 - Math.floor(ms / 2));
      expect([cache.get('a'), cache.has('untouched')]).toEqual(['second', true]);
      clock.advance(1);
      expect([cache.get('a'), cache.has('a'), cache.peek('a')]).toEqual([undefined, false, undefined]);
      expect(cache.has('untouched')).toBe(false);
      expect([...cache.keys()]).toEqual([]);
    }
  });

  it.each([3 * DAY, 12 * DAY, 13 * DAY, 25 * DAY, 26 * DAY, 50 * DAY, 200 * DAY])(
    'that is none outlasts jumps of %d ms, read or not',
    (jump) => {
      const { cache, clock } = setUp();
      cache.set('read', 1);
      cache.set('unread', 2);
      cache.set('fleeting', 3, { ttl: 1000 });
      for (let count = 0; count < 5; count++) {
        clock.advance(jump);
        expect(cache.get('read')).toBe(1);
        cache.set('overwritten', count);
        expect(cache.get('fleeting')).toBe(undefined);
      }
      expect([cache.get('unread'), cache.get('overwritten')]).toEqual([2, 4]);
    },
  );

  it('begins anew when the key is set', () => {
    const { cache, clock } = setUp();
    for (let count = 0; count < 10; count++) {
      cache.set('a', count, { ttl: 100 });
      clock.advance(99);
      expect(cache.get('a')).toBe(count);
    }
    cache.set('a', 'forever');
    clock.advance(1000);
    expect(cache.get('a')).toBe('forever');
    cache.set('a', 'weeks', { ttl: 30 * DAY });
    cache.set('a', 'brief', { ttl: 10 });
    clock.advance(10);
    expect(cache.get('a')).toBe(undefined);
  });

  it('is not shortened by reading', () => {
    const { cache, clock } = setUp();
    cache.set('a', 1, { ttl: 100 });
    for (let count = 0; count < 99; count++) {
      clock.advance(1);
      expect(cache.get('a')).toBe(1);
    }
    clock.advance(1);
    expect(cache.get('a')).toBe(undefined);
  });

  it('comes from the cache where the entry has none of its own', () => {
    const { cache, clock } = setUp({ defaultTtl: '1s' });
    cache.set('a', 1);
    cache.set('b', 1, { ttl: Infinity });
    clock.advance(999);
    expect([cache.has('a'), cache.has('b')]).toEqual([true, true]);
    clock.advance(1);
    expect([cache.has('a'), cache.has('b')]).toEqual([false, true]);
  });

  it('goes by the monotonic clock: a wall clock that jumps changes nothing', () => {
    const { cache, clock } = setUp();
    cache.set('a', 1, { ttl: 1000 });
    clock.setWallTime(5_000_000_000_000);
    expect(cache.get('a')).toBe(1);
    clock.advance(999);
    clock.setWallTime(-5_000_000_000_000);
    expect(cache.get('a')).toBe(1);
    clock.advance(1);
    expect(cache.get('a')).toBe(undefined);
  });

  it('has a resolution of 1 ms, and stands still while the event loop is blocked', () => {
    const { cache, clock } = setUp();
    const blocked = { ms: 0 };
    const blocking = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + blocked.ms,
      setTimeout: clock.setTimeout.bind(clock),
      setInterval: clock.setInterval.bind(clock),
    };
    const held = new Cache({ clock: blocking, ttlJitter: 0 });
    held.set('a', 1, { ttl: 10 });
    cache.set('a', 1, { ttl: 10 });
    // No timer runs meanwhile, as in a long loop.
    blocked.ms = 50;
    expect(held.get('a')).toBe(1);
    clock.advance(1);
    expect(held.get('a')).toBe(undefined);
    expect(cache.get('a')).toBe(1);
  });
});

describe('the jitter of times to live', () => {
  const lifetimes = (ttlJitter: number | undefined, ttl: number, random = seededRandom(7), count = 2000) => {
    const clock = new VirtualClock();
    const cache = new Cache({ clock, random, ...(ttlJitter !== undefined && { ttlJitter }) });
    const keys = Array.from({ length: count }, (_, index) => `k${index}`);
    for (const key of keys) cache.set(key, 1, { ttl });
    const step = ttl / 100;
    const left: number[] = [];
    for (let at = 0; at <= 100; at++) {
      left.push(keys.filter((key) => cache.has(key)).length);
      clock.advance(step);
    }
    return left;
  };

  it('takes off up to a tenth where nothing else is said, evenly', () => {
    const left = lifetimes(undefined, 10_000);
    expect(left[89]).toBe(2000);
    expect(left[95]).toBeGreaterThan(900);
    expect(left[95]).toBeLessThan(1100);
    expect(left[98]).toBeGreaterThan(330);
    expect(left[98]).toBeLessThan(480);
    expect(left[100]).toBe(0);
  });

  it('takes off as much as it is told', () => {
    const left = lifetimes(0.5, 10_000);
    expect(left[49]).toBe(2000);
    expect(left[75]).toBeGreaterThan(900);
    expect(left[75]).toBeLessThan(1100);
    expect(left[100]).toBe(0);
    expect(lifetimes(0, 10_000).slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 2000));
  });

  it('lets nothing die at birth, however large it is', () => {
    const left = lifetimes(1, 10_000);
    expect(left[0]).toBe(2000);
    expect(left[50]).toBeGreaterThan(900);
    expect(left[50]).toBeLessThan(1100);
    const certain = lifetimes(1, 10_000, () => 1 - 2 ** -53);
    expect(certain[0]).toBe(2000);
  });

  it('leaves alone what never expires', () => {
    const { cache, clock } = setUp({ ttlJitter: 1 });
    cache.set('a', 1);
    clock.advance(400 * DAY);
    expect(cache.has('a')).toBe(true);
  });

  it('also spreads times beyond 2^31 ms', () => {
    const left = lifetimes(0.1, 25 * DAY, seededRandom(7), 100);
    expect(left[89]).toBe(100);
    expect(left[95]).toBeGreaterThan(30);
    expect(left[95]).toBeLessThan(70);
    expect(left[100]).toBe(0);
  });
});

describe('stop()', () => {
  it('cancels all timers, and the cache works on', () => {
    const { cache, clock } = setUp();
    cache.set('a', 1, { ttl: 100 });
    expect(clock.pending).toBeGreaterThan(0);
    cache.stop();
    cache.stop();
    expect(clock.pending).toBe(0);
    expect(cache.get('a')).toBe(1);
    clock.advance(100);
    expect(cache.get('a')).toBe(undefined);
    cache.set('b', 2, { ttl: 10 });
    expect(cache.get('b')).toBe(2);
    clock.advance(10);
    expect(cache.get('b')).toBe(undefined);
    cache.stop();
    expect(clock.pending).toBe(0);
  });

  it('is not needed for the timers to end where nothing expires', () => {
    const { cache, clock } = setUp();
    cache.set('a', 1);
    cache.get('a');
    clock.advance(1);
    expect(clock.pending).toBe(0);
  });
});
