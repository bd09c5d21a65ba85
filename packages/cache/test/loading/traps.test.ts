import { seededRandom } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import type { CacheManager } from '../../src/index.ts';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { setUp } from './set-up.ts';

/*
 * What users of other caches have complained of, each as a test of its own. Redis's part of the traps, 13 and 14, is
 * tested with the Redis tier.
 */
describe('the traps', () => {
  it('trap 1: many who miss at once share one load', async () => {
    const { manager } = setUp();
    const loader = controlledLoader<string>();
    const readers = Array.from({ length: 10_000 }, () => manager.getOrLoad('k', loader.load));
    await settle();
    expect(loader.calls).toHaveLength(1);
    loader.call(0).resolve('value');
    expect(new Set(await Promise.all(readers))).toEqual(new Set(['value']));
    expect(await manager.getOrLoad('k', loader.load)).toBe('value');
    expect(loader.calls).toHaveLength(1);
    expect(manager.getStats()).toMatchObject({ loads: 1, loadErrors: 0, inFlight: 0, entries: 1 });
  });

  it('trap 1: with get and set, a fence keeps a late value out', async () => {
    const { manager } = setUp();
    const fence = manager.local.fence();
    await manager.set('k', 'newer');
    expect(await manager.set('k', 'older', { fence })).toBe(false);
    manager.local.release(fence);
    expect(await manager.get('k')).toBe('newer');
  });

  it('trap 2: many who wait for a load that fails share its one failure, and none gets a value', async () => {
    for (const fail of [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('down');
      },
    ]) {
      const { manager } = setUp();
      let calls = 0;
      const load = () => {
        calls++;
        return fail();
      };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, () => manager.getOrLoad('k', load)),
      );
      expect(calls).toBe(1);
      for (const outcome of outcomes)
        expect(outcome).toEqual({ status: 'rejected', reason: new Error('down') });
      expect(manager.local.has('k')).toBe(false);
      // The next reader tries again.
      await expect(manager.getOrLoad('k', load)).rejects.toThrow('down');
      expect(calls).toBe(2);
      expect(manager.getStats()).toMatchObject({ loads: 2, loadErrors: 2, inFlight: 0 });
    }
  });

  it('trap 2: a loader that throws undefined fails for everyone', async () => {
    const { manager, events } = setUp();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => manager.getOrLoad('k', () => Promise.reject(undefined))),
    );
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => ({ status: 'rejected', reason: undefined })));
    expect(events).toEqual([
      { type: 'load_failed', data: { key: 'k', error: undefined, background: false } },
    ]);
    expect(manager.local.has('k')).toBe(false);
  });

  it('trap 3: a stale value is given at once, and refreshed once', async () => {
    const { manager, clock } = setUp();
    const options = { ttl: 100, staleWhileRevalidate: 1000 };
    const loader = controlledLoader<number>();
    await manager.getOrLoad('k', () => 1, options);
    clock.advance(100);
    for (let count = 0; count < 100; count++)
      expect(await manager.getOrLoad('k', loader.load, options)).toBe(1);
    expect(loader.calls).toHaveLength(1);
    loader.call(0).resolve(2);
    await settle();
    expect(await manager.getOrLoad('k', loader.load, options)).toBe(2);
    expect(loader.calls).toHaveLength(1);
    expect(manager.getStats()).toMatchObject({ stale: 100, loads: 2, inFlight: 0 });
  });

  it('trap 4: what is deleted or evicted while it is loaded is given to those who waited, and not stored', async () => {
    const { manager } = setUp({ maxSize: 1 });
    const loader = controlledLoader<string>();
    const waiting = manager.getOrLoad('k', loader.load);
    await settle();
    await manager.delete('k');
    await manager.set('other', 'fills the cache');
    loader.call(0).resolve('loaded');
    expect(await waiting).toBe('loaded');
    expect(manager.local.has('k')).toBe(false);
  });

  it('trap 4: a background refresh that fails hurts nobody', async () => {
    const { manager, clock, events } = setUp();
    const options = { ttl: 100, staleWhileRevalidate: 1000 };
    await manager.getOrLoad('k', () => 1, options);
    clock.advance(100);
    expect(await manager.getOrLoad('k', () => Promise.reject(new Error('down')), options)).toBe(1);
    await settle();
    expect(events).toEqual([
      { type: 'load_failed', data: { key: 'k', error: new Error('down'), background: true } },
    ]);
    expect(await manager.getOrLoad('k', () => 2, options)).toBe(1);
  });

  it('trap 5: undefined, null, 0, false and empty strings are values', async () => {
    const { manager } = setUp();
    for (const value of [undefined, null, 0, false, '', Number.NaN]) {
      let calls = 0;
      const load = () => {
        calls++;
        return value;
      };
      const key = String(value);
      expect(await manager.getOrLoad(key, load)).toBe(value);
      expect(await manager.getOrLoad(key, load)).toBe(value);
      expect([calls, await manager.has(key), await manager.get(key)]).toEqual([1, true, value]);
    }
  });

  it('trap 6: what is loaded at once does not expire at once', async () => {
    const { manager, clock } = setUp({ ttlJitter: 0.1, random: seededRandom(3) });
    const keys = Array.from({ length: 1000 }, (_, index) => `k${index}`);
    for (const key of keys) await manager.getOrLoad(key, () => 1, { ttl: 10_000 });
    const left: number[] = [];
    for (let step = 0; step < 13; step++) {
      left.push(keys.filter((key) => manager.local.has(key)).length);
      clock.advance(step === 0 ? 8999 : 100);
    }
    expect(left.slice(0, 2)).toEqual([1000, 1000]);
    expect(left.at(-1)).toBe(0);
    const gone = left.slice(1).map((count, index) => (left[index] ?? 0) - count);
    expect(Math.max(...gone)).toBeLessThan(160);
  });

  it('trap 7: in the modes that copy, no caller can change what another gets, not even of one load', async () => {
    for (const valueMode of ['clone', 'serialized'] as const) {
      const { manager } = setUp({ valueMode });
      const source = { list: [1] };
      const load = async () => source;
      const [a, b] = await Promise.all([manager.getOrLoad('k', load), manager.getOrLoad('k', load)]);
      a.list.push(2);
      source.list.push(3);
      expect(b).toEqual({ list: [1] });
      const c = await manager.getOrLoad('k', load);
      c.list.push(4);
      (await manager.get<typeof source>('k'))?.list.push(5);
      manager.peek<typeof source>('k')?.list.push(6);
      const many = await manager.loadMany(['k'], () => []);
      expect(many.get('k')).toEqual({ list: [1] });
      expect(await manager.get('k')).toEqual({ list: [1] });
    }
    const { manager } = setUp({ valueMode: 'freeze' });
    const frozen = await manager.getOrLoad('k', () => ({ list: [1] }));
    expect(() => frozen.list.push(2)).toThrow(TypeError);
  });

  it('trap 8: a value that is too large is given, counted, and does not push out the rest', async () => {
    const { manager } = setUp({ maxBytes: 1000, sizeOf: (value) => String(value).length });
    await manager.set('small', 'x');
    expect(await manager.getOrLoad('large', () => 'x'.repeat(5000))).toHaveLength(5000);
    expect(await manager.set('large', 'x'.repeat(5000))).toBe(false);
    expect(await manager.get('small')).toBe('x');
    expect(manager.getStats()).toMatchObject({ entries: 1, bytes: 1, refused: { oversize: 2, fenced: 0 } });
    expect(manager.recommendations()).toMatchObject([{ id: 'cache-oversize-values', priority: 'low' }]);
  });

  it('trap 9: 30 days are 30 days, and no timer is left over', async () => {
    const { manager, clock } = setUp();
    const day = 86_400_000;
    await manager.getOrLoad('k', () => 1, { ttl: '30d' });
    clock.advance(29 * day);
    expect(await manager.get('k')).toBe(1);
    clock.advance(day);
    expect(await manager.get('k')).toBe(undefined);
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    await manager.stop();
    expect(clock.pending).toBe(0);
  });

  it('trap 10: a load that began before a delete brings nothing back, and nobody joins it after', async () => {
    const { manager } = setUp();
    const loader = controlledLoader<string>();
    const before = manager.getOrLoad('k', loader.load);
    await settle();
    await manager.delete('k');
    const after = manager.getOrLoad('k', loader.load);
    await settle();
    expect(loader.calls).toHaveLength(2);
    loader.call(1).resolve('new');
    expect(await after).toBe('new');
    loader.call(0).resolve('old');
    expect(await before).toBe('old');
    expect(await manager.get('k')).toBe('new');
    expect(manager.getStats().refused.fenced).toBe(1);
  });

  it('trap 10: nor does one that ends before the new one does', async () => {
    const { manager } = setUp();
    const loader = controlledLoader<string>();
    const before = manager.getOrLoad('k', loader.load);
    await settle();
    await manager.delete('k');
    const after = manager.getOrLoad('k', loader.load);
    await settle();
    loader.call(0).resolve('old');
    expect(await before).toBe('old');
    expect(manager.local.has('k')).toBe(false);
    const joining = manager.getOrLoad('k', loader.load);
    await settle();
    expect(loader.calls).toHaveLength(2);
    loader.call(1).resolve('new');
    expect(await Promise.all([after, joining])).toEqual(['new', 'new']);
    expect(await manager.get('k')).toBe('new');
  });

  it('trap 10: a refresh in the background that began before a set does not undo it', async () => {
    const { manager, clock } = setUp();
    const options = { ttl: 100, staleWhileRevalidate: 1000 };
    const loader = controlledLoader<string>();
    await manager.getOrLoad('k', () => 'old', options);
    clock.advance(100);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe('old');
    await settle();
    await manager.set('k', 'set');
    loader.call(0).resolve('old still');
    await settle();
    expect(await manager.get('k')).toBe('set');
  });

  for (const [name, invalidate] of [
    ['tags', (manager: CacheManager) => manager.invalidateTags('t')],
    ['tags, softly', (manager: CacheManager) => manager.invalidateTags('t', { soft: true })],
    ['a prefix', (manager: CacheManager) => manager.invalidatePrefix('k')],
    ['a glob', (manager: CacheManager) => manager.invalidatePattern('k*')],
    ['a regular expression', (manager: CacheManager) => manager.invalidatePattern(/k/)],
    ['clear', (manager: CacheManager) => manager.clear()],
    ['the first tier alone', async (manager: CacheManager) => manager.local.invalidateTags('t')],
  ] as const) {
    for (const tags of [['t'], () => ['t']]) {
      it(`trap 11: the same with ${name}, tags ${typeof tags === 'function' ? 'by value' : 'given'}`, async () => {
        const { manager } = setUp();
        const loader = controlledLoader<string>();
        const before = manager.getOrLoad('k', loader.load, { tags });
        await settle();
        await invalidate(manager);
        const after = manager.getOrLoad('k', loader.load, { tags });
        await settle();
        expect(loader.calls).toHaveLength(2);
        loader.call(0).resolve('old');
        expect(await before).toBe('old');
        expect(manager.local.has('k')).toBe(false);
        loader.call(1).resolve('new');
        expect(await after).toBe('new');
        expect(await manager.get('k')).toBe('new');
      });
    }
  }

  it('trap 11: a set in the same millisecond as an invalidation is not lost', async () => {
    const { manager } = setUp();
    for (let count = 0; count < 10; count++) {
      await manager.invalidateTags('t');
      await manager.set('k', count, { tags: ['t'] });
      expect(await manager.get('k')).toBe(count);
    }
  });

  it('trap 12: hard removes, soft makes stale, and says so', async () => {
    const { manager, clock } = setUp();
    const options = { ttl: 1000, staleWhileRevalidate: 500, tags: ['t'] };
    const loader = controlledLoader<string>();
    await manager.getOrLoad('k', () => 'old', options);
    await manager.invalidateTags('t', { soft: true });
    expect(await manager.get('k')).toBe(undefined);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe('old');
    clock.advance(499);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe('old');
    clock.advance(1);
    const late = outcomeOf(manager.getOrLoad('k', loader.load, options));
    await settle();
    expect(late.state).toBe('pending');
    loader.call(0).resolve('new');
    await settle();
    expect(late).toMatchObject({ state: 'resolved', value: 'new' });
    await manager.invalidateTags('t');
    const hard = outcomeOf(manager.getOrLoad('k', loader.load, options));
    await settle();
    expect(hard.state).toBe('pending');
    loader.call(1).resolve('newer');
    await settle();
    expect(hard.value).toBe('newer');
  });

  it('trap 12: the tags of a value that is loaded anew are those of the new value', async () => {
    const { manager, clock } = setUp();
    const load = (team: string) =>
      manager.getOrLoad('k', () => ({ team }), { ttl: 100, tags: (value) => [`team:${value.team}`] });
    await load('red');
    clock.advance(100);
    await load('blue');
    await manager.invalidateTags('team:red');
    expect(await manager.get('k')).toEqual({ team: 'blue' });
    await manager.invalidateTags('team:blue');
    expect(await manager.get('k')).toBe(undefined);
  });

  it('trap 15: no two calls of memoized functions share a result that should not', async () => {
    const { manager } = setUp();
    const describeCall = manager.memoize((...args: readonly unknown[]) => args);
    const calls: readonly (readonly unknown[])[] = [
      [],
      [undefined],
      [null],
      [Number.NaN],
      [1],
      ['1'],
      [1n],
      [true],
      ['true'],
      [0],
      [-0],
      ['FY'],
      ['Ez'],
      ['a', 'b'],
      ['a,b'],
      [['a', 'b']],
      [{}],
      [{ a: undefined }],
      [new Set([1])],
      [new Set([2])],
      [new Map([[1, 2]])],
      [new Date(0)],
      [0, undefined],
      ['s1:a'],
    ];
    for (const args of calls) expect(await describeCall(...args)).toStrictEqual([...args]);
    for (const args of calls) expect(await describeCall(...args)).toStrictEqual([...args]);
    expect(new Set(calls.map((args) => describeCall.keyOf(...args))).size).toBe(calls.length);
    expect(manager.getStats()).toMatchObject({ loads: calls.length, hits: calls.length });
  });

  it('trap 15: nor do two functions without a name', async () => {
    const { manager } = setUp();
    const double = manager.memoize((x: number) => 2 * x);
    const triple = manager.memoize((x: number) => 3 * x);
    expect([await double(1), await triple(1), await double(1)]).toEqual([2, 3, 2]);
  });

  it('clocks that jump change nothing', async () => {
    const { manager, clock } = setUp();
    await manager.getOrLoad('k', () => 1, { ttl: 1000 });
    clock.setWallTime(9e12);
    expect(await manager.get('k')).toBe(1);
    clock.setWallTime(-9e12);
    clock.advance(999);
    expect(await manager.get('k')).toBe(1);
  });
});
