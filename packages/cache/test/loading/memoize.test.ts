import { describe, expect, it } from 'vitest';
import { UnkeyableError } from '../../src/index.ts';
import { FakeServer } from '../support/fake-tier.ts';
import { setUp } from './set-up.ts';

describe('memoize with a key', () => {
  it('is getOrLoad', async () => {
    const { manager, clock } = setUp();
    let calls = 0;
    const load = () => ++calls;
    expect(
      await Promise.all([manager.memoize('k', load, { ttl: 10, tags: ['t'] }), manager.memoize('k', load)]),
    ).toEqual([1, 1]);
    expect(await manager.getOrLoad('k', load)).toBe(1);
    clock.advance(10);
    expect(await manager.memoize('k', load)).toBe(2);
    await expect(manager.memoize('other', undefined as never)).rejects.toThrow('loader must be a function');
  });
});

describe('memoize with a function', () => {
  it('calls it once for the same arguments, also while it runs', async () => {
    const { manager } = setUp();
    const calls: unknown[] = [];
    const add = manager.memoize(
      async (a: number, b: { readonly c: number }) => {
        calls.push([a, b]);
        return a + b.c;
      },
      { name: 'add' },
    );
    expect(await Promise.all([add(1, { c: 2 }), add(1, { c: 2 }), add(2, { c: 1 })])).toEqual([3, 3, 3]);
    expect(calls).toHaveLength(2);
    expect(await add(1, { c: 2 })).toBe(3);
    expect(calls).toHaveLength(2);
  });

  it('tells the key, by which a result can be read and deleted', async () => {
    const { manager } = setUp();
    let calls = 0;
    const next = manager.memoize((_name: string) => ++calls, { name: 'next' });
    expect(await next('a')).toBe(1);
    expect(next.keyOf('a')).toBe('next(s1:a)');
    expect(await manager.get(next.keyOf('a'))).toBe(1);
    await manager.delete(next.keyOf('a'));
    expect(await next('a')).toBe(2);
    await next('b');
    await manager.invalidatePrefix('next(');
    expect([await next('a'), await next('b')]).toEqual([4, 5]);
  });

  it('keeps its options: times, tags of the value, stale values', async () => {
    const { manager, clock } = setUp();
    let calls = 0;
    const user = manager.memoize((id: number) => ({ id, call: ++calls }), {
      ttl: 100,
      staleWhileRevalidate: 100,
      tags: (value) => [`user:${value.id}`],
    });
    await user(1);
    await user(2);
    await manager.invalidateTags('user:1');
    expect([(await user(1)).call, (await user(2)).call]).toEqual([3, 2]);
    clock.advance(150);
    expect((await user(2)).call).toBe(2);
    await Promise.resolve();
    await manager.stop();
    expect((await user(2)).call).toBe(4);
  });

  it('shares results among functions of one name, and only among these', async () => {
    const { manager } = setUp();
    const one = manager.memoize((x: number) => x + 1, { name: 'same' });
    const two = manager.memoize((x: number) => x + 2, { name: 'same' });
    const other = manager.memoize((x: number) => x + 3);
    expect([await one(1), await two(1), await other(1)]).toEqual([2, 2, 4]);
  });

  it('rejects where no key can be made of the arguments, and says where the reason lies', async () => {
    const { manager } = setUp();
    const any = manager.memoize((...args: readonly unknown[]) => args.length);
    await expect(any(1, { filter: () => true })).rejects.toThrow(UnkeyableError);
    await expect(any(1, { filter: () => true })).rejects.toMatchObject({
      code: 'UNKEYABLE',
      path: 'args[1].filter',
    });
    await expect(any(new (class Point {})())).rejects.toThrow(
      'is an instance of Point, which has no toJSON()',
    );
    expect(() => any.keyOf(Symbol('s'))).toThrow(UnkeyableError);
    expect(manager.getStats().loads).toBe(0);
  });

  it('hands on failures, of functions that throw at once too', async () => {
    const { manager } = setUp();
    const fails = manager.memoize((_x: number): number => {
      throw new Error('no');
    });
    await expect(fails(1)).rejects.toThrow('no');
    expect(await Promise.allSettled([fails(2), fails(2)])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
  });

  it('needs a name where other instances share the second tier', () => {
    const tier = new FakeServer().tier();
    const { manager, clock } = setUp({ tier });
    expect(() => manager.memoize(() => 1)).toThrow(
      'CacheManager: name must be a non-empty string, got undefined',
    );
    expect(() => manager.memoize(() => 1, { name: 'one' })).not.toThrow();
    expect(clock.pending).toBe(0);
  });

  it.each([[5], [null], [undefined], [{}]])('takes functions only: %j', (fn) => {
    expect(() => setUp().manager.memoize(fn as never)).toThrow('CacheManager: fn must be a function');
  });

  it('refuses a name that is none', () => {
    expect(() => setUp().manager.memoize(() => 1, { name: '' })).toThrow('name must be a non-empty string');
    expect(() => setUp().manager.memoize(() => 1, { name: 5 as never })).toThrow(
      'name must be a non-empty string',
    );
  });
});
