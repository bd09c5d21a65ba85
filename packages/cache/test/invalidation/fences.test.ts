import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cache } from '../../src/index.ts';

const setUp = () => {
  const clock = new VirtualClock();
  return { clock, cache: new Cache<string>({ clock, ttlJitter: 0 }) };
};

describe('a fence', () => {
  it.each<[string, (cache: Cache<string>) => void]>([
    ['delete', (cache) => cache.delete('k')],
    ['set', (cache) => cache.set('k', 'newer')],
    ['set of a key that is there', (cache) => cache.set('there', 'newer')],
    ['tag', (cache) => cache.invalidateTags('t')],
    ['one of several tags', (cache) => cache.invalidateTags(['x', 't'])],
    ['tag, softly', (cache) => cache.invalidateTags('t', { soft: true })],
    ['prefix', (cache) => cache.invalidatePrefix('k')],
    ['prefix, softly', (cache) => cache.invalidatePrefix('', { soft: true })],
    ['glob', (cache) => cache.invalidatePattern('?')],
    ['regular expression', (cache) => cache.invalidatePattern(/^k$/)],
    ['clear', (cache) => cache.clear()],
  ])('refuses what was loaded before: %s', (name, happen) => {
    const { cache, clock } = setUp();
    const key = name.endsWith('there') ? 'there' : 'k';
    cache.set('there', 'old');
    clock.advance(5);
    // Read just now: what overwrites it has little to do.
    cache.get('there');
    const fence = cache.fence();
    expect(cache.isFenced(key, fence, ['t'])).toBe(false);
    happen(cache);
    const before = cache.peek(key);
    expect(cache.isFenced(key, fence, ['t'])).toBe(true);
    expect(cache.set(key, 'stale', { tags: ['t'], fence })).toBe(false);
    clock.advance(1000);
    expect(cache.set(key, 'stale', { tags: ['t'], fence })).toBe(false);
    expect(cache.peek(key)).toBe(before);
    cache.release(fence);
    expect(cache.getStats().refused).toEqual({ oversize: 0, fenced: 2 });
    // The next load is a load like any other.
    const next = cache.fence();
    expect(cache.set(key, 'fresh', { tags: ['t'], fence: next })).toBe(true);
    expect(cache.get(key)).toBe('fresh');
  });

  it('lets pass what nothing has happened to', () => {
    const { cache } = setUp();
    cache.set('k', 'old', { tags: ['t'] });
    cache.delete('k');
    cache.invalidateTags('t');
    cache.invalidatePrefix('k');
    const fence = cache.fence();
    cache.delete('other');
    cache.set('another', 'one');
    cache.invalidateTags('u');
    cache.invalidatePrefix('l');
    cache.invalidatePattern('k?');
    cache.get('k');
    expect(cache.set('k', 'loaded', { tags: ['t'], fence })).toBe(true);
    cache.release(fence);
    expect(cache.get('k')).toBe('loaded');
  });

  it('refuses a second value: the first may be older than what it has replaced', () => {
    const { cache } = setUp();
    const fence = cache.fence();
    expect(cache.set('k', 'first', { fence })).toBe(true);
    expect(cache.set('k', 'second', { fence })).toBe(false);
    expect(cache.get('k')).toBe('first');
  });

  it('of a later load wins, in whatever order the two end', () => {
    const { cache } = setUp();
    const early = cache.fence();
    const late = cache.fence();
    expect(cache.set('k', 'late', { fence: late })).toBe(true);
    cache.release(late);
    expect(cache.set('k', 'early', { fence: early })).toBe(false);
    cache.release(early);
    expect(cache.get('k')).toBe('late');
    const first = cache.fence();
    const second = cache.fence();
    expect(cache.set('k', 'first', { fence: first })).toBe(true);
    expect(cache.set('k', 'second', { fence: second })).toBe(true);
    expect(cache.get('k')).toBe('second');
  });

  it('that was released refuses everything, for nothing is remembered for it', () => {
    const { cache } = setUp();
    const fence = cache.fence();
    cache.release(fence);
    cache.delete('k');
    expect(cache.isFenced('k', fence)).toBe(true);
    expect(cache.set('k', 'stale', { fence })).toBe(false);
    for (const unknown of [0, -1, 1.5, 10_000, Number.NaN]) {
      expect(cache.set('k', 'stale', { fence: unknown })).toBe(false);
    }
  });

  it('that is released twice, or was never taken, opens no way for others', () => {
    const { cache } = setUp();
    const first = cache.fence();
    const second = cache.fence();
    cache.release(first);
    cache.release(first);
    cache.release(12_345);
    cache.delete('k');
    cache.release(first);
    expect(cache.set('k', 'stale', { fence: second })).toBe(false);
    const third = cache.fence();
    cache.delete('k');
    expect(cache.set('k', 'stale', { fence: third })).toBe(false);
  });

  it('refuses a value with a tag that was invalidated, and forgotten since', () => {
    const { cache } = setUp();
    const fence = cache.fence();
    cache.invalidateTags('t');
    for (let index = 0; index < 5000; index++) cache.invalidateTags(`other${index}`);
    expect(cache.set('k', 'stale', { tags: ['t'], fence })).toBe(false);
    // And one that has never been: conservative, since it might have been.
    expect(cache.set('l', 'fresh', { tags: ['never seen'], fence })).toBe(false);
    expect(cache.set('m', 'fresh', { fence })).toBe(true);
    // Nor does it pass when somebody has used the tag since.
    cache.set('n', 'newer', { tags: ['t'] });
    expect(cache.set('k', 'stale', { tags: ['t'], fence })).toBe(false);
    expect(cache.get('n')).toBe('newer');
    cache.release(fence);
    const next = cache.fence();
    expect(cache.set('k', 'fresh', { tags: ['t'], fence: next })).toBe(true);
    expect(cache.set('l', 'fresh', { tags: ['never seen'], fence: next })).toBe(true);
  });

  it('never lets stale values pass where more keys change than are remembered', () => {
    const { cache } = setUp();
    const old = cache.fence();
    for (let index = 0; index < 5000; index++) cache.delete(`k${index}`);
    const middle = cache.fence();
    for (let index = 5000; index < 15_000; index++) cache.delete(`k${index}`);
    const late = cache.fence();
    for (let index = 0; index < 15_000; index++) {
      expect(cache.set(`k${index}`, 'stale', { fence: old })).toBe(false);
      if (index >= 5000) expect(cache.set(`k${index}`, 'stale', { fence: middle })).toBe(false);
    }
    // Older than what was forgotten: everything is refused. Newer: only what was touched since.
    expect(cache.set('untouched', 'fresh', { fence: old })).toBe(false);
    expect(cache.set('untouched', 'fresh', { fence: late })).toBe(true);
    expect(cache.set('k1', 'fresh', { fence: late })).toBe(true);
  });

  it('never lets stale values pass where more patterns are invalidated than are remembered', () => {
    const { cache } = setUp();
    const old = cache.fence();
    for (let index = 0; index < 300; index++) cache.invalidatePattern(`k${index}`);
    const late = cache.fence();
    for (let index = 0; index < 300; index++) {
      expect(cache.set(`k${index}`, 'stale', { fence: old })).toBe(false);
    }
    expect(cache.set('untouched', 'fresh', { fence: old })).toBe(false);
    expect(cache.set('untouched', 'fresh', { fence: late })).toBe(true);
    expect(cache.set('k1', 'fresh', { fence: late })).toBe(true);
  });

  it('never lets stale values pass, whatever happens in whatever order', () => {
    const key = fc.constantFrom('a', 'b', 'ab');
    const tag = fc.constantFrom('s', 't');
    const happening = fc.oneof(
      key.map((name) => ({ kind: 'delete' as const, name })),
      key.map((name) => ({ kind: 'set' as const, name })),
      tag.map((name) => ({ kind: 'tag' as const, name })),
      key.map((name) => ({ kind: 'prefix' as const, name })),
      fc.constant({ kind: 'clear' as const, name: '' }),
      fc.constant({ kind: 'begin' as const, name: '' }),
      fc.constant({ kind: 'end' as const, name: '' }),
      fc.constant({ kind: 'sweep' as const, name: '' }),
      fc.constant({ kind: 'wait' as const, name: '' }),
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), key, tag, (happenings, target, carried) => {
        const { cache, clock } = setUp();
        // Others may come and go meanwhile.
        const others: number[] = [];
        const fence = cache.fence();
        let isStale = false;
        for (const { kind, name } of happenings) {
          if (kind === 'delete') cache.delete(name);
          if (kind === 'set') cache.set(name, 'newer', { tags: ['s'] });
          if (kind === 'tag') cache.invalidateTags(name, { soft: name === 's' });
          if (kind === 'prefix') cache.invalidatePrefix(name);
          if (kind === 'clear') cache.clear();
          if (kind === 'begin') others.push(cache.fence());
          if (kind === 'end') cache.release(others.pop() ?? 0);
          if (kind === 'sweep') cache.sweep();
          if (kind === 'wait') clock.advance(7);
          isStale ||= kind === 'clear';
          isStale ||= (kind === 'delete' || kind === 'set') && name === target;
          isStale ||= kind === 'tag' && name === carried;
          isStale ||= kind === 'prefix' && target.startsWith(name);
        }
        expect(cache.set(target, 'loaded', { tags: [carried], fence })).toBe(!isStale);
      }),
      { numRuns: 500 },
    );
  });
});
