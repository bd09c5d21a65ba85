import { VirtualClock } from '@evenkeel/core';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { Cache } from '../../src/cache.ts';
import { KeyvStore } from '../../src/keyv/index.ts';

const { describe, expect, it } = vitest;
// The suite's own declarations of vitest may be of another copy.
const runner = vitest as unknown as Parameters<typeof keyvTestSuite>[0];

describe('the test suite of Keyv', () => {
  // As with a server: many stores, one place where the data is.
  const cache = new Cache({ ttlJitter: 0 });
  const store = () => new KeyvStore(cache);
  describe('over a shared cache', () => {
    keyvTestSuite(runner, Keyv, store);
    keyvIteratorTests(runner, Keyv, store);
  });
  describe('over caches of each value mode', () => {
    for (const valueMode of ['freeze', 'clone', 'serialized'] as const) {
      const shared = new Cache({ ttlJitter: 0, valueMode });
      describe(valueMode, () => keyvTestSuite(runner, Keyv, () => new KeyvStore(shared)));
    }
  });
});

describe('KeyvStore', () => {
  const setUp = (options = {}) => {
    const clock = new VirtualClock();
    const store = new KeyvStore({ clock, ...options });
    const errors: unknown[] = [];
    const keyv = new Keyv({ store, namespace: 'users' });
    keyv.on('error', (error: unknown) => errors.push(error));
    return { clock, store, keyv, errors };
  };

  it('serves all that Keyv asks of a store', async () => {
    const { keyv, store, errors } = setUp();
    expect(await keyv.set('a', { name: 'Ann' })).toBe(true);
    expect(
      await keyv.setMany([
        { key: 'b', value: 2 },
        { key: 'c', value: null, ttl: 1000 },
      ]),
    ).toEqual([true, true]);
    expect(await keyv.get(['a', 'b', 'c', 'd'])).toEqual([{ name: 'Ann' }, 2, null, undefined]);
    expect(await keyv.has('a')).toBe(true);
    expect(await keyv.has(['a', 'd'])).toEqual([true, false]);
    expect(await keyv.delete(['a', 'd'])).toBe(false);
    expect(await keyv.delete(['b', 'c'])).toBe(true);
    expect(store.cache.getStats()).toMatchObject({ entries: 0, hits: 3, misses: 1, sets: 3 });
    expect(errors).toEqual([]);
  });

  it('lets values expire when Keyv says, not at random before', async () => {
    const { store, clock } = setUp();
    for (let index = 0; index < 100; index++) await store.set(`k${index}`, index, 1000);
    clock.advance(990);
    expect(await store.getMany(['k0', 'k50', 'k99'])).toEqual([0, 50, 99]);
    expect([...store.cache.keys()].length).toBe(100);
    clock.advance(20);
    expect([...store.cache.keys()]).toEqual([]);
  });

  it('takes times to live as Keyv gives them', async () => {
    const { store, errors, keyv, clock } = setUp({ defaultTtl: 1000 });
    await store.set('always', 1, Infinity);
    await store.set('default', 1);
    await store.set('past', 1);
    expect(await store.set('past', 2, -5)).toBe(true);
    expect(await store.has('past')).toBe(false);
    await expect(store.set('x', 1, Number.NaN)).rejects.toThrow('ttl must be');
    expect(await keyv.set('x', 1, Number.NaN)).toBe(false);
    expect(errors).toHaveLength(1);
    clock.advance(1001);
    expect([...store.cache.keys()]).toEqual(['always']);
  });

  it('clears and iterates over one namespace of a shared cache', async () => {
    const cache = new Cache();
    const [users, usersOnly, all] = [
      new Keyv({ store: new KeyvStore(cache), namespace: 'users' }),
      new Keyv({ store: new KeyvStore(cache), namespace: 'users-only' }),
      new KeyvStore(cache),
    ];
    await users.set('1', 'Ann');
    await users.set('a:b', 'Bob');
    await usersOnly.set('1', 'Cid');
    const found: unknown[] = [];
    for await (const entry of users.iterator?.({}) ?? []) found.push(entry);
    expect(found.sort()).toEqual([
      ['1', 'Ann'],
      ['a:b', 'Bob'],
    ]);
    await users.clear();
    expect(await users.get('1')).toBeUndefined();
    expect(await usersOnly.get('1')).toBe('Cid');
    await all.clear();
    expect(cache.size).toBe(0);
  });

  it('stays within its bounds', async () => {
    const { keyv, store } = setUp({ maxSize: 10 });
    for (let index = 0; index < 100; index++) await keyv.set(String(index), index);
    expect(store.cache.size).toBe(10);
  });

  it('stops the timers of its own cache when it is disconnected, and leaves those of a shared one alone', async () => {
    const { keyv, clock } = setUp();
    await keyv.set('a', 1, 60_000);
    expect(clock.pending).toBeGreaterThan(0);
    await keyv.disconnect();
    expect(clock.pending).toBe(0);
    expect(await keyv.get('a')).toBe(1);
    await keyv.disconnect();

    const sharedClock = new VirtualClock();
    const shared = new Keyv({ store: new KeyvStore(new Cache({ clock: sharedClock })) });
    await shared.set('a', 1, 60_000);
    await shared.disconnect();
    expect(sharedClock.pending).toBeGreaterThan(0);
  });

  it('refuses bad options', () => {
    expect(() => new KeyvStore({ maxSize: -1 })).toThrow('maxSize must be');
  });
});
