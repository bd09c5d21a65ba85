import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { Cache, type CacheOptions } from '../../src/index.ts';
import { PassingClock } from '../support/passing-clock.ts';

const setUp = (options: CacheOptions<number> = {}) => {
  const clock = new VirtualClock();
  return { clock, cache: new Cache<number>({ clock, ttlJitter: 0, maxSize: 100_000, ...options }) };
};
const keysOf = (cache: Cache<number>) => [...cache.keys()].sort();

describe('tags', () => {
  it('overlap: an entry goes with any of its own, and with no other', () => {
    const { cache } = setUp();
    cache.set('none', 0);
    cache.set('red', 1, { tags: ['red'] });
    cache.set('both', 2, { tags: ['red', 'round'] });
    cache.set('round', 3, { tags: ['round'] });
    cache.set('twice', 4, { tags: ['blue', 'blue'] });
    cache.set('empty', 5, { tags: [] });
    cache.invalidateTags('red');
    expect(keysOf(cache)).toEqual(['empty', 'none', 'round', 'twice']);
    cache.invalidateTags(['blue', 'green', 'round']);
    expect(keysOf(cache)).toEqual(['empty', 'none']);
    cache.invalidateTags(['__proto__', 'none']);
    expect(keysOf(cache)).toEqual(['empty', 'none']);
    expect(cache.getStats().removed.invalidated).toBe(4);
  });

  it('may be a single one as a string, which is no list of letters', () => {
    const { cache } = setUp();
    cache.set('k', 1, { tags: ['a', 'b'] });
    cache.set('k', 2, { tags: 'ab' as never });
    cache.invalidateTags('a');
    expect(cache.get('k')).toBe(2);
    cache.invalidateTags('ab');
    expect(cache.get('k')).toBe(undefined);
    for (const tags of [null, 5, [1], ['']]) {
      expect(() => cache.set('k', 3, { tags: tags as never })).toThrow(/tags.* must be/);
    }
  });

  it('are no list in disguise', () => {
    const { cache } = setUp();
    cache.set('list', 1, { tags: ['a', 'b'] });
    cache.set('text', 2, { tags: ['["a","b"]'] });
    cache.set('comma', 3, { tags: ['a,b'] });
    cache.invalidateTags('["a","b"]');
    expect(keysOf(cache)).toEqual(['comma', 'list']);
    cache.invalidateTags('a');
    expect(keysOf(cache)).toEqual(['comma']);
  });

  it('may be many, on one entry and in all', () => {
    const { cache } = setUp();
    const many = Array.from({ length: 1000 }, (_, index) => `t${index}`);
    cache.set('many', 1, { tags: many });
    for (const tag of many) cache.set(tag, 1, { tags: [tag, 'all'] });
    cache.invalidateTags('t999');
    expect([cache.has('many'), cache.has('t999'), cache.size]).toEqual([false, false, 999]);
    cache.invalidateTags(many.slice(0, 500));
    expect(keysOf(cache)).toHaveLength(499);
    cache.invalidateTags('all');
    expect(keysOf(cache)).toEqual([]);
  });

  it('of a key change with its value: the old ones have no hold on it', () => {
    for (const valueMode of ['reference', 'serialized'] as const) {
      const { cache } = setUp({ valueMode });
      cache.set('a', 1, { tags: ['old', 'kept'] });
      cache.set('a', 2, { tags: ['kept', 'new'] });
      cache.invalidateTags('old');
      expect(cache.get('a')).toBe(2);
      cache.invalidateTags('new');
      expect(cache.get('a')).toBe(undefined);
      cache.set('b', 1, { tags: ['old'] });
      cache.set('b', 2);
      cache.invalidateTags('old');
      expect(cache.get('b')).toBe(2);
      cache.set('b', 3, { tags: ['late'] });
      cache.invalidateTags('late');
      expect(cache.get('b')).toBe(undefined);
    }
  });

  it('are as they were when the key was set, whatever becomes of the list', () => {
    const { cache } = setUp();
    const tags = ['a'];
    cache.set('k', 1, { tags });
    tags[0] = 'b';
    cache.set('l', 1, { tags });
    cache.invalidateTags('a');
    expect(keysOf(cache)).toEqual(['l']);
    cache.invalidateTags('b');
    expect(keysOf(cache)).toEqual([]);
  });

  it.each([
    [undefined, 'tags must be'],
    [[1], 'tags[0] must be a non-empty string, got 1'],
    [[''], 'tags[0] must be a non-empty string, got ""'],
    [null, 'tags must be'],
    [7, 'tags must be'],
  ])('that are none are refused: %j', (tags, message) => {
    const { cache } = setUp();
    expect(() => cache.invalidateTags(tags as never)).toThrow(message);
  });

  it('cost what they did at first, however many have come and gone', () => {
    const { cache } = setUp({ maxSize: 10 });
    for (let index = 0; index < 20_000; index++) {
      cache.set(`k${index}`, index, { tags: [`t${index}`, `u${index % 100}`] });
      cache.invalidateTags(`unknown${index}`);
    }
    expect(cache.size).toBe(10);
    for (const key of keysOf(cache)) {
      cache.invalidateTags(`t${key.slice(1)}`);
      expect(cache.has(key)).toBe(false);
    }
  });

  it('that were forgotten and come anew hold nothing against what is set after', () => {
    const { cache } = setUp({ maxSize: 10 });
    cache.set('a', 1, { tags: ['tag'] });
    cache.invalidateTags('tag');
    for (let index = 0; index < 5000; index++) cache.set(`k${index}`, index, { tags: [`t${index}`] });
    cache.set('a', 2, { tags: ['tag'] });
    cache.set('b', 2, { tags: ['never seen'] });
    expect([cache.get('a'), cache.get('b')]).toEqual([2, 2]);
    cache.invalidateTags('tag');
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
  });

  it('with the same number as forgotten ones are not taken for them', () => {
    const { cache } = setUp();
    // Sets of tags are numbered, and the numbers of those that no entry has are used again.
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 1500; index++) {
        cache.set(`k${index}`, index, { tags: [`round${round}`, `t${round}.${index}`] });
      }
      cache.invalidateTags(`t${round}.7`);
      cache.invalidateTags(`round${round - 1}`);
      expect(cache.has('k7')).toBe(false);
      expect(keysOf(cache)).toHaveLength(1499);
    }
  });
});

describe('prefixes, globs and regular expressions', () => {
  const keys = ['user:1', 'user:12', 'user:2:posts', 'users', 'post:1', ''];
  it.each([
    ['prefix user:', (cache: Cache<number>) => cache.invalidatePrefix('user:'), ['', 'post:1', 'users']],
    ['every prefix', (cache: Cache<number>) => cache.invalidatePrefix(''), []],
    ['glob user:*', (cache: Cache<number>) => cache.invalidatePattern('user:*'), ['', 'post:1', 'users']],
    [
      'glob *:1',
      (cache: Cache<number>) => cache.invalidatePattern('*:1'),
      ['', 'user:12', 'user:2:posts', 'users'],
    ],
    [
      'glob user:?',
      (cache: Cache<number>) => cache.invalidatePattern('user:?'),
      ['', 'post:1', 'user:12', 'user:2:posts', 'users'],
    ],
    ['/\\d$/g', (cache: Cache<number>) => cache.invalidatePattern(/\d$/g), ['', 'user:2:posts', 'users']],
    [
      '/^$/',
      (cache: Cache<number>) => cache.invalidatePattern(/^$/),
      ['post:1', 'user:1', 'user:12', 'user:2:posts', 'users'],
    ],
  ])('%s', (_name, invalidate, left) => {
    const { cache, clock } = setUp();
    for (const [index, key] of keys.entries()) cache.set(key, index);
    invalidate(cache);
    expect(keysOf(cache)).toEqual(left);
    expect(keys.filter((key) => cache.get(key) !== undefined).sort()).toEqual(left);
    // What is set from now on lives.
    for (const [index, key] of keys.entries()) cache.set(key, index);
    expect(keysOf(cache)).toEqual([...keys].sort());
    clock.advance(1000);
    expect(cache.size).toBe(keys.length);
  });

  it('that are none are refused', () => {
    const { cache } = setUp();
    for (const pattern of ['', '[a', 5, null, undefined]) {
      expect(() => cache.invalidatePattern(pattern as never)).toThrow(/pattern must be/);
    }
  });

  it('may be 256 before they are applied; one more invalidates everything', () => {
    const { cache } = setUp();
    for (let index = 0; index < 1000; index++) cache.set(`k${index}`, index, { keepStale: index % 2 });
    for (let index = 0; index < 256; index++) {
      cache.invalidatePattern(`k${index}`, { soft: index % 3 === 0 });
      if (index === 150) cache.set('k7', -7);
    }
    expect(keysOf(cache)).toHaveLength(745);
    expect([cache.get('k7'), cache.get('k8'), cache.get('k300')]).toEqual([-7, undefined, 300]);
    for (let index = 0; index < 256; index++) cache.invalidatePattern(`none${index}`);
    cache.invalidatePattern('none');
    cache.set('k8', -8);
    expect([cache.get('k7'), cache.get('k8'), cache.get('k300')]).toEqual([undefined, -8, undefined]);
  });

  it('are begun anew when the sweeper has applied them', () => {
    const { cache, clock } = setUp();
    cache.set('kept', 1);
    for (let index = 0; index < 1000; index++) {
      cache.invalidatePattern(`k${index}`);
      if (index % 200 === 0) clock.advance(10);
    }
    expect(cache.get('kept')).toBe(1);
  });
});

describe('prefixes', () => {
  it('may be thousands before they are applied', () => {
    const { cache } = setUp();
    for (let index = 0; index < 1000; index++) cache.set(`user:${index}:name`, index);
    for (let index = 0; index < 9000; index++) {
      cache.invalidatePrefix(`user:${2 * index}:`);
      if (index === 250) cache.set('user:10:name', -10);
    }
    expect(keysOf(cache)).toHaveLength(501);
    expect([cache.get('user:10:name'), cache.get('user:12:name'), cache.get('user:13:name')]).toEqual([
      -10,
      undefined,
      13,
    ]);
  });

  it('may be 10,000; one more invalidates everything that is older', () => {
    const { cache } = setUp();
    cache.set('old', 1);
    for (let index = 0; index <= 10_000; index++) cache.invalidatePrefix(`none${index}:`);
    cache.set('new', 2);
    expect([cache.get('old'), cache.get('new')]).toEqual([undefined, 2]);
  });
});

describe('an entry that is set after it was invalidated lives', () => {
  const invalidations: [string, (cache: Cache<number>, soft: boolean) => void][] = [
    ['tag', (cache, soft) => cache.invalidateTags('t', { soft })],
    ['prefix', (cache, soft) => cache.invalidatePrefix('k', { soft })],
    ['pattern', (cache, soft) => cache.invalidatePattern('*', { soft })],
    ['delete', (cache) => cache.delete('k')],
    ['clear', (cache) => cache.clear()],
  ];
  for (const [name, invalidate] of invalidations) {
    for (const tags of [undefined, ['t'], ['t', 'u'], ['v']]) {
      for (const soft of [false, true]) {
        it(`${name}${soft ? ', softly' : ''}; tags ${tags}`, () => {
          const { cache, clock } = setUp();
          const set = (value: number, ttl = Infinity) =>
            cache.set('k', value, { ttl, ...(tags !== undefined && { tags }) });
          for (let round = 1; round < 20; round++) {
            const isGone = name !== 'tag' || tags?.includes('t');
            // Overwritten before, so that it is a quick overwriting that follows.
            set(round);
            set(round + 0.5, round % 2 === 0 ? 1000 : Infinity);
            invalidate(cache, soft);
            if (round % 3 === 0) expect(cache.get('k')).toBe(isGone ? undefined : round + 0.5);
            if (round % 5 === 0) clock.advance(5);
            set(-round);
            expect(cache.get('k')).toBe(-round);
            set(-round - 0.5, 500);
            expect(cache.get('k')).toBe(-round - 0.5);
            clock.advance(round % 2);
            expect(cache.get('k')).toBe(-round - 0.5);
            invalidate(cache, soft);
            expect(cache.get('k')).toBe(isGone ? undefined : -round - 0.5);
          }
        });
      }
    }
  }

  it('also where the clock has just been read, or has not', () => {
    const { cache, clock } = setUp();
    for (let round = 0; round < 50; round++) {
      clock.advance(round % 3);
      cache.set('a', round, { tags: ['t'] });
      clock.advance(round % 2);
      cache.invalidateTags('t');
      clock.advance(round % 4);
      cache.set('a', round + 0.5, { tags: ['t'] });
      clock.advance(round % 5);
      expect(cache.get('a')).toBe(round + 0.5);
    }
  });
});

describe('memory', () => {
  it('of what was invalidated is freed in the background, and no timer is left', () => {
    for (const invalidate of [
      (cache: Cache<number>) => cache.invalidateTags('t'),
      (cache: Cache<number>) => cache.invalidatePrefix('k'),
      (cache: Cache<number>) => cache.invalidatePattern(/^k/),
      (cache: Cache<number>) => cache.invalidateTags('t', { soft: true }),
    ]) {
      const { cache, clock } = setUp();
      for (let index = 0; index < 10_000; index++) cache.set(`k${index}`, index, { tags: ['t'] });
      cache.set('other', 1);
      invalidate(cache);
      expect(cache.size).toBe(10_001);
      clock.advance(2);
      expect(cache.size).toBe(1);
      expect(cache.getStats().removed.invalidated).toBe(10_000);
      clock.advance(1);
      expect(clock.pending).toBe(0);
    }
  });

  it('is freed in slices of less than a millisecond', () => {
    const lookMs = 0.1;
    const clock = new PassingClock(lookMs);
    const cache = new Cache<number>({ clock, ttlJitter: 0, maxSize: 100_000 });
    for (let index = 0; index < 10_000; index++) cache.set(`k${index}`, index, { tags: ['t'] });
    cache.invalidateTags('t');
    const sizes = [cache.size];
    for (let slice = 0; slice < 500 && cache.size > 0; slice++) {
      const { looks } = clock;
      clock.advance(1);
      // The slice, the batch that ends it, and what the cache itself looks at; two slices fit at most.
      expect((clock.looks - looks) * lookMs).toBeLessThan(1.6);
      sizes.push(cache.size);
    }
    expect(sizes.at(-1)).toBe(0);
    expect(sizes.length).toBeGreaterThan(20);
    const freed = sizes.slice(1).map((size, index) => (sizes[index] ?? 0) - size);
    expect(Math.max(...freed)).toBeLessThan(500);
  });

  it('is freed by a sweep that another invalidation comes into the midst of', () => {
    const clock = new PassingClock(0.1);
    const cache = new Cache<number>({ clock, ttlJitter: 0, maxSize: 100_000 });
    for (let index = 0; index < 3000; index++) cache.set(`k${index}`, index, { tags: [`t${index % 3}`] });
    cache.invalidateTags('t0');
    clock.advance(2);
    const halfWay = cache.size;
    expect(halfWay).toBeGreaterThan(2000);
    expect(halfWay).toBeLessThan(3000);
    cache.invalidateTags('t1');
    cache.invalidatePattern('k*9');
    clock.advance(1000);
    expect(cache.size).toBe(900);
    expect([...cache.keys()]).toHaveLength(900);
  });

  it('is freed in a tenth of the time at most, where invalidations do not end', () => {
    const clock = new PassingClock(0.1);
    const cache = new Cache<number>({ clock, maxSize: 100_000 });
    for (let index = 0; index < 3000; index++) cache.set(`k${index}`, index);
    const looks = clock.looks;
    for (let elapsed = 0; elapsed < 5000; elapsed++) {
      cache.invalidatePrefix('none');
      clock.advance(1);
    }
    const spentMs = 0.1 * (clock.looks - looks);
    expect(spentMs).toBeGreaterThan(100);
    expect(spentMs).toBeLessThan(600);
  });

  it('of what has expired is freed within half a minute, while nothing is read', () => {
    const { cache, clock } = setUp();
    for (let index = 0; index < 1000; index++)
      cache.set(`k${index}`, index, { ttl: 1000 * (1 + (index % 60)) });
    clock.advance(31_000);
    expect(cache.size).toBeLessThan(520);
    clock.advance(60_000);
    expect(cache.size).toBe(0);
    clock.advance(30_000);
    expect(clock.pending).toBe(0);
    cache.set('again', 1, { ttl: 5 });
    clock.advance(60_000);
    expect([cache.size, clock.pending]).toEqual([0, 0]);
  });

  it('of stale values is freed when their time has passed', () => {
    const { cache, clock } = setUp();
    cache.set('a', 1, { ttl: 1000, keepStale: 100_000 });
    clock.advance(90_000);
    expect([cache.has('a'), cache.size]).toEqual([false, 1]);
    clock.advance(60_000);
    expect([cache.size, clock.pending]).toEqual([0, 0]);
  });

  it('is freed at once by clear() and sweep()', () => {
    const { cache, clock } = setUp();
    for (let index = 0; index < 5000; index++) cache.set(`k${index}`, index, { ttl: 5, tags: ['t'] });
    cache.invalidateTags('t');
    cache.sweep();
    expect(cache.size).toBe(0);
    for (let index = 0; index < 5000; index++) cache.set(`k${index}`, index, { ttl: 5000 });
    cache.clear();
    expect([cache.size, cache.getStats().removed.deleted]).toEqual([0, 5000]);
    clock.advance(1);
    expect(clock.pending).toBe(0);
  });
});
