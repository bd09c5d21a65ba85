import { TimeoutError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { setUp } from './set-up.ts';

describe('a caller with a signal', () => {
  it('leaves alone: the others, the load and the cache go on', async () => {
    const { manager } = setUp();
    const loader = controlledLoader<string>();
    const controller = new AbortController();
    const leaving = outcomeOf(manager.getOrLoad('k', loader.load, { signal: controller.signal }));
    const staying = outcomeOf(manager.getOrLoad('k', loader.load));
    await settle();
    controller.abort(new Error('client has gone'));
    await settle();
    expect(leaving).toMatchObject({ state: 'rejected', error: new Error('client has gone') });
    expect([staying.state, loader.call(0).signal.aborted, loader.calls.length]).toEqual([
      'pending',
      false,
      1,
    ]);
    loader.call(0).resolve('value');
    await settle();
    expect(staying.value).toBe('value');
    expect(await manager.get('k')).toBe('value');
  });

  it('that was aborted before is refused', async () => {
    const { manager } = setUp();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(manager.getOrLoad('k', () => 1, { signal })).rejects.toThrow('too late');
    await expect(manager.loadMany(['l'], () => [1], { signal })).rejects.toThrow('too late');
  });

  it('that ends after the load changes nothing, and nobody listens to the signal any more', async () => {
    const { manager } = setUp();
    const controller = new AbortController();
    const listeners = { count: 0 };
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners.count++;
      add(...args);
    }) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners.count--;
      remove(...args);
    }) as typeof remove;
    expect(await manager.getOrLoad('k', () => 1, { signal })).toBe(1);
    await expect(
      manager.getOrLoad('l', () => Promise.reject(new Error('down')), { signal }),
    ).rejects.toThrow();
    await settle();
    expect(listeners.count).toBe(0);
    controller.abort();
    expect(await manager.get('k')).toBe(1);
  });
});

describe('a loader that hangs', () => {
  it('fails when its time is over, is told so, and the next reader begins anew', async () => {
    const { manager, clock, events } = setUp({ loadTimeout: '2s' });
    const loader = controlledLoader<string>();
    const hanging = outcomeOf(manager.getOrLoad('k', loader.load));
    await clock.advanceAsync(1999);
    expect([hanging.state, loader.call(0).signal.aborted]).toEqual(['pending', false]);
    await clock.advanceAsync(1);
    expect(hanging.error).toBeInstanceOf(TimeoutError);
    expect((hanging.error as Error).message).toContain('load of "k"');
    expect(loader.call(0).signal.aborted).toBe(true);
    expect(events).toMatchObject([{ type: 'load_failed', data: { key: 'k', background: false } }]);
    const next = outcomeOf(manager.getOrLoad('k', loader.load));
    await settle();
    expect(loader.calls).toHaveLength(2);
    // What comes late is stored nowhere, before and after the second load.
    loader.call(0).resolve('late');
    await settle();
    expect([next.state, manager.local.has('k')]).toEqual(['pending', false]);
    loader.call(1).resolve('in time');
    await settle();
    expect([next.value, await manager.get('k')]).toEqual(['in time', 'in time']);
    expect(clock.pending).toBeLessThanOrEqual(1);
  });

  it('has 30 s where nothing else is said', async () => {
    const { manager, clock } = setUp();
    const hanging = outcomeOf(manager.getOrLoad('k', controlledLoader<string>().load));
    await clock.advanceAsync(29_999);
    expect(hanging.state).toBe('pending');
    await clock.advanceAsync(1);
    expect(hanging.error).toBeInstanceOf(TimeoutError);
  });

  it('because it waits for its own key ends in the same way', async () => {
    const { manager, clock } = setUp({ loadTimeout: 1000 });
    let depth = 0;
    const load = async (): Promise<number> => {
      depth++;
      return 1 + (await manager.getOrLoad('k', load));
    };
    const waiting = outcomeOf(manager.getOrLoad('k', load));
    await clock.advanceAsync(1000);
    expect([depth, waiting.state]).toEqual([1, 'rejected']);
    expect(waiting.error).toBeInstanceOf(TimeoutError);
    expect(await manager.getOrLoad('k', () => 5)).toBe(5);
  });

  it('does not hold up other keys, and loaders may ask for these', async () => {
    const { manager } = setUp();
    const value = await manager.getOrLoad('a', async () => 1 + (await manager.getOrLoad('b', () => 2)));
    expect([value, await manager.get('b')]).toEqual([3, 2]);
  });
});
