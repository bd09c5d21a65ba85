import { describe, expect, it } from 'vitest';
import type { CacheManager } from '../../src/index.ts';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { fleet, never } from './fleet.ts';

describe('an invalidation', () => {
  it('reaches the other instances, and the loads that they have under way', async () => {
    for (const invalidate of [
      (manager: CacheManager) => manager.delete('k'),
      (manager: CacheManager) => manager.set('k', 'set'),
      (manager: CacheManager) => manager.invalidateTags('t'),
      (manager: CacheManager) => manager.invalidateTags('t', { soft: true }),
      (manager: CacheManager) => manager.invalidatePrefix('k'),
      (manager: CacheManager) => manager.invalidatePattern('?'),
      (manager: CacheManager) => manager.invalidatePattern(/^k$/),
      (manager: CacheManager) => manager.clear(),
    ]) {
      const { a, b } = fleet();
      const events: unknown[] = [];
      a.manager.on('invalidated', ({ origin }) => events.push(origin));
      const options = { tags: ['t'] };
      await a.manager.getOrLoad('k', () => 'old', options);
      await b.manager.getOrLoad('k', never, options);
      const loader = controlledLoader<string>();
      a.manager.local.clear();
      const before = outcomeOf(a.manager.getOrLoad('l', loader.load, options));
      await settle();
      expect(await invalidate(b.manager)).toBe(true);
      expect(events.length).toBeGreaterThan(0);
      expect(new Set(events)).toEqual(new Set(['elsewhere']));
      expect(await a.manager.getOrLoad('k', () => 'new', options)).toMatch(/^(new|set)$/);
      loader.call(0).resolve('l');
      await settle();
      expect(before.value).toBe('l');
    }
  });

  it('fences the load of another instance, and the reader after it loads anew', async () => {
    const { a, b } = fleet();
    const loader = controlledLoader<string>();
    const before = a.manager.getOrLoad('k', loader.load, { tags: ['t'] });
    await settle();
    await b.manager.invalidateTags('t');
    const after = a.manager.getOrLoad('k', loader.load, { tags: ['t'] });
    await settle();
    expect(loader.calls).toHaveLength(2);
    loader.call(1).resolve('new');
    loader.call(0).resolve('old');
    expect([await before, await after]).toEqual(['old', 'new']);
    await settle();
    expect([await a.manager.get('k'), await b.manager.get('k')]).toEqual(['new', 'new']);
  });

  it('is not undone by a read that began between its local part and its acknowledgement', async () => {
    for (const read of [
      (manager: CacheManager) => manager.get('k'),
      (manager: CacheManager) => manager.getOrLoad('k', never),
      async (manager: CacheManager) => (await manager.loadMany(['k'], never)).get('k'),
    ]) {
      for (const invalidate of [
        (manager: CacheManager) => manager.delete('k'),
        (manager: CacheManager) => manager.invalidateTags('t'),
        (manager: CacheManager) => manager.invalidatePattern('k'),
        (manager: CacheManager) => manager.clear(),
      ]) {
        const { a } = fleet();
        await a.manager.set('k', 'old', { tags: ['t'] });
        const arrive = a.tier.hold('invalidate', 'request');
        const invalidating = invalidate(a.manager);
        // The second tier has not heard of it: this read sees the old value, which nobody has been promised it won't.
        expect(await read(a.manager)).toBe('old');
        arrive();
        expect(await invalidating).toBe(true);
        expect(a.manager.peek('k')).toBe(undefined);
        expect(await a.manager.get('k')).toBe(undefined);
      }
    }
  });

  it('is not undone by a read whose answer comes after the acknowledgement', async () => {
    for (const read of [
      (manager: CacheManager) => manager.getOrLoad('k', never),
      (manager: CacheManager) => manager.get('k'),
      (manager: CacheManager) => manager.has('k'),
    ]) {
      for (const invalidate of [
        ({ a }: ReturnType<typeof fleet>) => a.manager.invalidateTags('t'),
        ({ b }: ReturnType<typeof fleet>) => b.manager.invalidateTags('t'),
        ({ a }: ReturnType<typeof fleet>) => a.manager.delete('k'),
      ]) {
        const instances = fleet();
        const { a } = instances;
        await a.manager.set('k', 'old', { tags: ['t'] });
        a.manager.local.clear();
        const answer = a.tier.hold('read', 'response');
        const reading = read(a.manager);
        await settle();
        await invalidate(instances);
        answer();
        expect(await reading).toBeTruthy();
        expect(a.manager.peek('k')).toBe(undefined);
        expect(await a.manager.getOrLoad('k', () => 'new')).toBe('new');
      }
    }
  });

  it('is not undone by a load that writes late', async () => {
    const { a, b } = fleet();
    const arrive = a.tier.hold('write', 'request');
    expect(await a.manager.getOrLoad('k', () => 'old', { tags: ['t'] })).toBe('old');
    await b.manager.invalidateTags('t');
    arrive();
    await settle();
    expect([await a.manager.get('k'), await b.manager.get('k')]).toEqual([undefined, undefined]);
  });

  it('drops everything, also of loads, where messages may have been missed', async () => {
    const { a, b } = fleet();
    const loader = controlledLoader<string>();
    await a.manager.set('k', 'old');
    const loading = a.manager.getOrLoad('l', loader.load);
    await settle();
    a.tier.cut();
    await b.manager.delete('k');
    a.tier.mend();
    expect(a.manager.peek('k')).toBe(undefined);
    const next = a.manager.getOrLoad('l', loader.load);
    await settle();
    expect(loader.calls).toHaveLength(2);
    loader.call(0).resolve('old');
    loader.call(1).resolve('new');
    expect([await loading, await next]).toEqual(['old', 'new']);
    expect(await a.manager.get('l')).toBe('new');
  });

  it('made while the second tier is away is made there when it is back', async () => {
    const { a, b } = fleet();
    await a.manager.set('k', 'old', { tags: ['t'] });
    await b.manager.get('k');
    a.tier.cut();
    expect(await a.manager.invalidateTags('t')).toBe(false);
    expect(a.manager.peek('k')).toBe(undefined);
    a.tier.mend();
    expect([await a.manager.get('k'), await b.manager.get('k')]).toEqual([undefined, undefined]);
  });

  it('is also one of errors: no instance answers with those of before', async () => {
    for (const invalidate of [
      (manager: CacheManager) => manager.delete('k'),
      (manager: CacheManager) => manager.set('k', 1),
      (manager: CacheManager) => manager.invalidateTags('t'),
      (manager: CacheManager) => manager.clear(),
    ]) {
      const { a, b } = fleet({ errorTtl: '1h' });
      for (const { manager } of [a, b]) {
        await manager.getOrLoad('k', () => Promise.reject(new Error('down'))).catch(() => {});
      }
      await invalidate(b.manager);
      expect(await a.manager.getOrLoad('k', () => 1)).toBe(1);
      expect(await b.manager.getOrLoad('k', () => 1)).toBe(1);
    }
  });
});

describe('a set', () => {
  it('is in the second tier first: then on no instance is the old value read', async () => {
    const { a, b } = fleet();
    await a.manager.set('k', 'old');
    await b.manager.get('k');
    const arrive = a.tier.hold('write', 'request');
    const setting = outcomeOf(a.manager.set('k', 'new'));
    await settle();
    expect([setting.state, a.manager.peek('k'), await b.manager.get('k')]).toEqual(['pending', 'old', 'old']);
    arrive();
    await settle();
    expect(setting.value).toBe(true);
    expect([await a.manager.get('k'), await b.manager.get('k')]).toEqual(['new', 'new']);
  });

  it.each(['request', 'response'] as const)(
    'and a delete meanwhile leave no old value: held at the %s',
    async (point) => {
      const { a, server } = fleet();
      await a.manager.set('k', 'old');
      const go = a.tier.hold('write', point);
      const setting = a.manager.set('k', 'new');
      await settle();
      expect(await a.manager.delete('k')).toBe(true);
      go();
      expect(await setting).toBe(true);
      // Which came last, only the second tier knows: it is asked.
      const expected = point === 'request' ? 'new' : undefined;
      expect([server.records.has('k'), a.manager.peek('k')]).toEqual([point === 'request', undefined]);
      expect(await a.manager.get('k')).toBe(expected);
    },
  );

  it('and another meanwhile agree with the second tier', async () => {
    const { a, b } = fleet();
    const go = a.tier.hold('write', 'response');
    const first = a.manager.set('k', 1);
    await settle();
    expect(await a.manager.set('k', 2)).toBe(true);
    go();
    expect(await first).toBe(true);
    expect([await a.manager.get('k'), await b.manager.get('k')]).toEqual([2, 2]);
  });

  it('with a fence of the first tier is refused before the second hears of it', async () => {
    const { a, server } = fleet();
    const fence = a.manager.local.fence();
    await a.manager.delete('k');
    expect(await a.manager.set('k', 'old', { fence })).toBe(false);
    a.manager.local.release(fence);
    expect(server.records.has('k')).toBe(false);
    expect(a.tier.log).not.toContain('set k');
  });

  it('while the second tier is away serves here for the staleness bound, and is undone by none', async () => {
    const { a, b, clock } = fleet();
    await a.manager.set('k', 'old');
    a.tier.cut();
    clock.advance(5000);
    expect(await a.manager.set('k', 'new')).toBe(false);
    expect([a.manager.peek('k'), await b.manager.get('k')]).toEqual(['new', 'old']);
    clock.advance(1000);
    expect(a.manager.peek('k')).toBe('new');
    clock.advance(1);
    expect(a.manager.peek('k')).toBe(undefined);
    a.tier.mend();
    expect([await a.manager.get('k'), await b.manager.get('k')]).toEqual([undefined, undefined]);
  });
});
