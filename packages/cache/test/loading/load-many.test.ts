import { describe, expect, it } from 'vitest';
import type { LoadContext } from '../../src/index.ts';
import { outcomeOf, settle } from '../support/controlled-loader.ts';
import { setUp } from './set-up.ts';

/** A loader of many keys whose calls the test ends. */
function batchLoader() {
  const calls: {
    keys: readonly string[];
    signal: AbortSignal;
    resolve(value: unknown): void;
    reject(error: unknown): void;
  }[] = [];
  const load = (keys: readonly string[], { signal }: LoadContext) =>
    new Promise<never>((resolve, reject) => {
      calls.push({ keys, signal, resolve: resolve as (value: unknown) => void, reject });
    });
  return { calls, load };
}

const upper = (keys: readonly string[]) => keys.map((key) => key.toUpperCase());

describe('loadMany', () => {
  it('loads what is missing by one call, and gives all in the order of the keys', async () => {
    const { manager } = setUp();
    await manager.set('b', 'cached');
    const asked: (readonly string[])[] = [];
    const load = (keys: readonly string[]) => {
      asked.push(keys);
      return upper(keys);
    };
    const values = await manager.loadMany(['a', 'b', 'c'], load);
    expect([...values]).toEqual([
      ['a', 'A'],
      ['b', 'cached'],
      ['c', 'C'],
    ]);
    expect(asked).toEqual([['a', 'c']]);
    expect(await manager.loadMany(['c', 'a'], load)).toEqual(
      new Map([
        ['c', 'C'],
        ['a', 'A'],
      ]),
    );
    expect(asked).toHaveLength(1);
    expect(manager.getStats()).toMatchObject({ hits: 3, misses: 2, entries: 3, inFlight: 0 });
  });

  it('takes a Map as well; what it lacks is undefined, and kept as that', async () => {
    const { manager } = setUp();
    const load = (keys: readonly string[]) =>
      new Map([
        [keys[1] ?? '', 'two'],
        ['unasked', 'three'],
      ]);
    expect([...(await manager.loadMany(['a', 'b'], load))]).toEqual([
      ['a', undefined],
      ['b', 'two'],
    ]);
    expect([await manager.has('a'), await manager.has('b'), await manager.has('unasked')]).toEqual([
      true,
      true,
      false,
    ]);
    const brief = setUp({ negativeTtl: 0 });
    await brief.manager.loadMany(['a', 'b'], load);
    expect([await brief.manager.has('a'), await brief.manager.has('b')]).toEqual([false, true]);
  });

  it('asks for each key once, however often it is named', async () => {
    const { manager } = setUp();
    const asked: (readonly string[])[] = [];
    const load = (keys: readonly string[]) => {
      asked.push(keys);
      return upper(keys);
    };
    const values = await manager.loadMany(['a', 'b', 'a', 'a', 'b'], load);
    expect([...values]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('of no keys calls nobody', async () => {
    const { manager } = setUp();
    const load = () => {
      throw new Error('called');
    };
    expect(await manager.loadMany([], load)).toEqual(new Map());
    await manager.set('', 'empty');
    expect(await manager.loadMany([''], load)).toEqual(new Map([['', 'empty']]));
    expect(manager.getStats()).toMatchObject({ loads: 0, inFlight: 0 });
  });

  it('joins loads that are under way, of one key or of many, and is joined', async () => {
    const { manager } = setUp();
    const first = batchLoader();
    const second = batchLoader();
    const single = manager.getOrLoad(
      'a',
      () => new Promise<string>((resolve) => setImmediate(resolve, 'single')),
    );
    const early = manager.loadMany(['a', 'b', 'c'], first.load);
    await settle();
    const late = manager.loadMany(['c', 'd', 'b'], second.load);
    const joined = manager.getOrLoad('b', () => 'not called');
    await settle();
    expect([first.calls.map(({ keys }) => keys), second.calls.map(({ keys }) => keys)]).toEqual([
      [['b', 'c']],
      [['d']],
    ]);
    first.calls[0]?.resolve(['B', 'C']);
    second.calls[0]?.resolve(['D']);
    expect(await single).toBe('single');
    expect([...(await early)]).toEqual([
      ['a', 'single'],
      ['b', 'B'],
      ['c', 'C'],
    ]);
    expect([...(await late)]).toEqual([
      ['c', 'C'],
      ['d', 'D'],
      ['b', 'B'],
    ]);
    expect(await joined).toBe('B');
  });

  it('fails as a whole where its loader does, and the other keys of others do not', async () => {
    const { manager } = setUp();
    const batch = batchLoader();
    const both = outcomeOf(manager.loadMany(['a', 'b'], batch.load));
    await settle();
    const mixed = outcomeOf(manager.loadMany(['b', 'c'], upper));
    const alone = outcomeOf(manager.loadMany(['c'], upper));
    batch.calls[0]?.reject(new Error('down'));
    await settle();
    expect(both.error).toEqual(new Error('down'));
    expect(mixed.error).toEqual(new Error('down'));
    expect(alone.value).toEqual(new Map([['c', 'C']]));
    expect(await manager.loadMany(['a', 'b', 'c'], upper)).toEqual(
      new Map([
        ['a', 'A'],
        ['b', 'B'],
        ['c', 'C'],
      ]),
    );
  });

  it('bridges a failure with stale values where all of them are there', async () => {
    const { manager, clock } = setUp();
    const options = { ttl: 100, staleIfError: 1000 };
    await manager.loadMany(['a', 'b'], upper, options);
    clock.advance(100);
    const down = () => Promise.reject(new Error('down'));
    expect([...(await manager.loadMany(['b', 'a'], down, options))]).toEqual([
      ['b', 'B'],
      ['a', 'A'],
    ]);
    await expect(manager.loadMany(['a', 'c'], down, options)).rejects.toThrow('down');
  });

  it('gives stale values at once and refreshes them by one call', async () => {
    const { manager, clock } = setUp();
    const options = { ttl: 100, staleWhileRevalidate: 1000 };
    await manager.loadMany(['a', 'b'], upper, options);
    clock.advance(100);
    const batch = batchLoader();
    for (let count = 0; count < 3; count++) {
      expect([...(await manager.loadMany(['a', 'b'], batch.load, options))]).toEqual([
        ['a', 'A'],
        ['b', 'B'],
      ]);
    }
    expect(batch.calls.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    batch.calls[0]?.resolve(['A2', 'B2']);
    await settle();
    expect([...(await manager.loadMany(['a', 'b'], batch.load, options))]).toEqual([
      ['a', 'A2'],
      ['b', 'B2'],
    ]);
  });

  it.each([
    [['A']],
    [['A', 'B', 'C']],
    ['AB'],
    [undefined],
    [null],
    [{ a: 'A', b: 'B' }],
    [new Set(['A', 'B'])],
  ])('refuses a result that cannot be matched with the keys: %j', async (result) => {
    const { manager } = setUp();
    await expect(manager.loadMany(['a', 'b'], () => result as never)).rejects.toMatchObject({
      code: 'LOADER_RESULT',
      message: 'the loader of 2 keys must return a Map, or a list of 2 values in their order',
    });
    expect([await manager.has('a'), manager.getStats().inFlight]).toEqual([false, 0]);
  });

  it('stores nothing that was invalidated meanwhile, and the rest', async () => {
    const { manager } = setUp();
    const batch = batchLoader();
    const loading = manager.loadMany<string>(['a', 'b', 'c'], batch.load, {
      tags: (value) => [`tag ${value}`],
    });
    await settle();
    await manager.delete('a');
    await manager.invalidateTags('tag B');
    batch.calls[0]?.resolve(['A', 'B', 'C']);
    expect([...(await loading).values()]).toEqual(['A', 'B', 'C']);
    expect([manager.peek('a'), manager.peek('b'), manager.peek('c')]).toEqual([undefined, undefined, 'C']);
  });

  it('runs out of time as a whole, and ends for one caller with its signal', async () => {
    const { manager, clock } = setUp();
    const batch = batchLoader();
    const controller = new AbortController();
    const leaving = outcomeOf(manager.loadMany(['a', 'b'], batch.load, { signal: controller.signal }));
    const staying = outcomeOf(manager.loadMany(['a', 'b'], batch.load, { loadTimeout: 500 }));
    await settle();
    controller.abort(new Error('gone'));
    await settle();
    expect([leaving.error, staying.state]).toEqual([new Error('gone'), 'pending']);
    expect(batch.calls).toHaveLength(1);
    await clock.advanceAsync(30_000);
    expect(staying).toMatchObject({ state: 'rejected', error: { code: 'TIMEOUT' } });
    expect([batch.calls[0]?.signal.aborted, manager.getStats().inFlight]).toEqual([true, 0]);
  });

  it('answers with errors that errorTtl keeps, and asks for the others no less', async () => {
    const { manager } = setUp({ errorTtl: '1h' });
    await expect(manager.getOrLoad('a', () => Promise.reject(new Error('down')))).rejects.toThrow();
    await expect(manager.loadMany(['a', 'b'], upper)).rejects.toThrow('down');
    expect(await manager.loadMany(['b'], () => [])).toEqual(new Map([['b', 'B']]));
  });
});
