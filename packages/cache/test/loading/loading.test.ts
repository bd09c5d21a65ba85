import { describe, expect, it } from 'vitest';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { countedLoader } from './counted-loader.ts';
import { setUp } from './set-up.ts';

describe('what a loader gives', () => {
  it('is stored for the ttl of the call, of the manager, or for ever', async () => {
    const { manager, clock } = setUp({ defaultTtl: 1000 });
    const loader = countedLoader();
    await manager.getOrLoad('own', loader.load, { ttl: '2s' });
    await manager.getOrLoad('default', loader.load);
    await manager.getOrLoad('for ever', loader.load, { ttl: Infinity });
    clock.advance(999);
    expect(['own', 'default', 'for ever'].map((key) => manager.peek(key))).toEqual([1, 2, 3]);
    clock.advance(1);
    expect(['own', 'default', 'for ever'].map((key) => manager.peek(key))).toEqual([1, undefined, 3]);
    clock.advance(86_400_000_000);
    expect(['own', 'default', 'for ever'].map((key) => manager.peek(key))).toEqual([undefined, undefined, 3]);
  });

  it('may be a thenable, or no promise at all', async () => {
    const { manager } = setUp();
    // biome-ignore lint/suspicious/noThenProperty: what a loader may give
    const thenable = { then: (resolve: (value: number) => void) => resolve(7) };
    expect(await manager.getOrLoad('a', () => thenable as PromiseLike<number>)).toBe(7);
    expect(await manager.getOrLoad('b', () => 8)).toBe(8);
    expect([manager.peek('a'), manager.peek('b')]).toEqual([7, 8]);
  });

  it('that is undefined or null can have a time of its own, or none', async () => {
    const { manager, clock } = setUp({ negativeTtl: 50, defaultTtl: 1000 });
    for (const nothing of [undefined, null]) {
      await manager.getOrLoad('k', () => nothing);
      await manager.getOrLoad('zero', () => 0);
      clock.advance(49);
      expect(await manager.has('k')).toBe(true);
      clock.advance(1);
      expect([await manager.has('k'), await manager.has('zero')]).toEqual([false, true]);
      await manager.getOrLoad('k', () => nothing, { negativeTtl: 0 });
      expect(await manager.has('k')).toBe(false);
      await manager.getOrLoad('k', () => nothing, { negativeTtl: '1s' });
      clock.advance(999);
      expect(await manager.has('k')).toBe(true);
      clock.advance(1);
    }
  });

  it('is given also where the value mode cannot keep it', async () => {
    const { manager, errors } = setUp({ valueMode: 'reference' });
    const copying = setUp({ valueMode: 'clone' });
    const unstorable = { save: () => {} };
    expect(await manager.getOrLoad('k', () => unstorable)).toBe(unstorable);
    expect(errors).toEqual([]);
    await expect(copying.manager.getOrLoad('k', () => unstorable)).resolves.toBe(unstorable);
    expect(copying.errors).toMatchObject([{ source: 'value of "k"' }]);
    expect(copying.manager.local.has('k')).toBe(false);
    await expect(copying.manager.set('k', unstorable)).rejects.toMatchObject({
      code: 'UNSTORABLE_VALUE',
      key: 'k',
    });
  });

  it('is given, and not stored, where its tags cannot be told', async () => {
    const junk = [
      () => {
        throw new Error('no tags');
      },
      () => 'users',
      () => [1],
      () => [''],
      () => undefined,
      () => null,
    ];
    for (const tags of junk) {
      const { manager, errors } = setUp();
      expect(await manager.getOrLoad('k', () => 'value', { tags: tags as never })).toBe('value');
      expect(manager.local.has('k')).toBe(false);
      expect(errors).toMatchObject([{ source: 'tags of "k"' }]);
    }
  });

  it('is not even asked for where the tags are no list', async () => {
    const { manager } = setUp();
    const loader = countedLoader();
    for (const tags of ['users', [1], 5, null]) {
      await expect(manager.getOrLoad('k', loader.load, { tags: tags as never })).rejects.toThrow(
        /tags.* must be/,
      );
    }
    expect(loader.calls).toBe(0);
  });
});

describe('errors of loaders', () => {
  it('answer for as long as errorTtl says, then the loader is asked again', async () => {
    const { manager, clock } = setUp({ errorTtl: '1s' });
    const loader = countedLoader();
    loader.isDown = true;
    for (const ms of [0, 500, 499]) {
      clock.advance(ms);
      await expect(manager.getOrLoad('k', loader.load)).rejects.toThrow('down 1');
    }
    expect(loader.calls).toBe(1);
    loader.isDown = false;
    clock.advance(1);
    expect(await manager.getOrLoad('k', loader.load)).toBe(2);
    expect(manager.getStats()).toMatchObject({ loads: 2, loadErrors: 1 });
  });

  it('are history when the key is set, deleted, or anything is invalidated that may be the reason', async () => {
    const { manager } = setUp({ errorTtl: '1h' });
    for (const forget of [
      () => manager.delete('k'),
      () => manager.invalidateTags('t'),
      () => manager.invalidatePrefix('k'),
      () => manager.clear(),
    ]) {
      const loader = countedLoader();
      loader.isDown = true;
      await expect(manager.getOrLoad('k', loader.load)).rejects.toThrow('down 1');
      loader.isDown = false;
      await expect(manager.getOrLoad('k', loader.load)).rejects.toThrow('down 1');
      await forget();
      expect(await manager.getOrLoad('k', loader.load)).toBe(2);
      await manager.delete('k');
    }
  });

  it('of one key are not those of another', async () => {
    const { manager } = setUp({ errorTtl: '1h' });
    const loader = countedLoader();
    loader.isDown = true;
    await expect(manager.getOrLoad('a', loader.load)).rejects.toThrow('down 1');
    await expect(manager.getOrLoad('b', loader.load)).rejects.toThrow('down 2');
    await expect(manager.getOrLoad('a', loader.load)).rejects.toThrow('down 1');
  });

  it('are remembered of 1000 keys at most', async () => {
    const { manager } = setUp({ errorTtl: '1h' });
    const loader = countedLoader();
    loader.isDown = true;
    for (let index = 0; index < 1500; index++) {
      await expect(manager.getOrLoad(`k${index}`, loader.load)).rejects.toThrow('down');
    }
    await expect(manager.getOrLoad('k1499', loader.load)).rejects.toThrow('down 1500');
    await expect(manager.getOrLoad('k0', loader.load)).rejects.toThrow('down 1501');
  });

  it('stay when another key is deleted or set', async () => {
    const { manager } = setUp({ errorTtl: '1h' });
    const loader = countedLoader();
    loader.isDown = true;
    await expect(manager.getOrLoad('k', loader.load)).rejects.toThrow('down 1');
    await manager.delete('other');
    await manager.set('another', 1);
    await expect(manager.getOrLoad('k', loader.load)).rejects.toThrow('down 1');
  });

  it('of an invalidation ago answer nobody', async () => {
    const { manager } = setUp({ errorTtl: '1h' });
    const loader = controlledLoader<number>();
    const early = outcomeOf(manager.getOrLoad('k', loader.load));
    await settle();
    await manager.delete('k');
    loader.call(0).reject(new Error('old'));
    await settle();
    expect(early.error).toEqual(new Error('old'));
    expect(await manager.getOrLoad('k', () => 5)).toBe(5);
  });
});

describe('bad arguments', () => {
  it.each<[string, object]>([
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: 'soon' }],
    ['negativeTtl', { negativeTtl: -1 }],
    ['errorTtl', { errorTtl: Number.NaN }],
    ['staleWhileRevalidate', { staleWhileRevalidate: 'long' }],
    ['staleIfError', { staleIfError: null }],
    ['earlyRefresh', { earlyRefresh: -1 }],
    ['loadTimeout', { loadTimeout: 0 }],
    ['stale', { stale: true }],
  ])('%s: %j', async (name, options) => {
    const { manager } = setUp();
    const loader = countedLoader();
    const expected = expect.objectContaining({
      code: 'CONFIGURATION',
      message: expect.stringMatching(new RegExp(`^C[a-zA-Z]+: ${name} must be .*, got `)),
    });
    await expect(manager.getOrLoad('k', loader.load, options)).rejects.toEqual(expected);
    await expect(manager.loadMany(['k'], () => [1], options)).rejects.toEqual(expected);
    expect(() => manager.memoize(loader.load, options)).toThrow(expected as never);
    expect(loader.calls).toBe(0);
  });

  it('of the wrong kind are rejected with, not thrown', async () => {
    const { manager } = setUp();
    const bad = 5 as never;
    await expect(manager.getOrLoad(bad, () => 1)).rejects.toThrow('key must be a string, got 5');
    await expect(manager.getOrLoad('k', bad)).rejects.toThrow('loader must be a function, got 5');
    await expect(manager.get(bad)).rejects.toThrow('key must be a string, got 5');
    await expect(manager.has(bad)).rejects.toThrow('key must be a string, got 5');
    await expect(manager.set(bad, 1)).rejects.toThrow('key must be a string, got 5');
    await expect(manager.delete(bad)).rejects.toThrow('key must be a string, got 5');
    await expect(manager.loadMany(bad, () => [])).rejects.toThrow('keys must be a list of strings, got 5');
    await expect(manager.loadMany([bad], () => [])).rejects.toThrow('key must be a string, got 5');
    await expect(manager.loadMany(['k'], bad)).rejects.toThrow('loader must be a function, got 5');
    await expect(manager.invalidateTags(bad)).rejects.toThrow('tags must be');
    await expect(manager.invalidatePrefix(bad)).rejects.toThrow('key must be a string, got 5');
    await expect(manager.invalidatePattern(bad)).rejects.toThrow('pattern must be');
    await expect(manager.set('k', 1, { ttl: -1 })).rejects.toThrow('ttl must be');
    expect(() => manager.peek(bad)).toThrow('key must be a string, got 5');
    const large = setUp({ maxSize: 1_000_000 }).manager;
    await expect(large.get(bad)).rejects.toThrow('key must be a string, got 5');
    await expect(large.getOrLoad(bad, () => 1)).rejects.toThrow('key must be a string, got 5');
  });
});
