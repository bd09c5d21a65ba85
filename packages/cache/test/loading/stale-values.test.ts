import { seededRandom } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { countedLoader } from './counted-loader.ts';
import { setUp } from './set-up.ts';

describe('stale while revalidating', () => {
  const options = { ttl: 100, staleWhileRevalidate: 1000 };

  it('ends with its time: then readers wait', async () => {
    const { manager, clock } = setUp();
    const loader = controlledLoader<number>();
    await manager.getOrLoad('k', () => 1, options);
    clock.advance(1099);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe(1);
    clock.advance(1);
    const late = outcomeOf(manager.getOrLoad('k', loader.load, options));
    await settle();
    expect([late.state, loader.calls.length]).toEqual(['pending', 1]);
    loader.call(0).resolve(2);
    await settle();
    expect(late.value).toBe(2);
  });

  it('backs off while refreshing fails: after 1 s, 2 s, 4 s, and 30 s at most', async () => {
    const { manager, clock } = setUp();
    const loader = countedLoader();
    const forLong = { ttl: 100, staleWhileRevalidate: '1h' };
    await manager.getOrLoad('k', loader.load, forLong);
    loader.isDown = true;
    const attempts: number[] = [];
    for (let second = 0; second < 200; second++) {
      clock.advance(1000);
      const { calls } = loader;
      expect(await manager.getOrLoad('k', loader.load, forLong)).toBe(1);
      await settle();
      if (loader.calls > calls) attempts.push(second);
    }
    const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(gaps).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    loader.isDown = false;
    clock.advance(30_000);
    await manager.getOrLoad('k', loader.load, forLong);
    await settle();
    expect(await manager.getOrLoad('k', loader.load, forLong)).toBe(loader.calls);
  });

  it('is for those who ask so: others wait for the same refresh', async () => {
    const { manager, clock } = setUp();
    const loader = controlledLoader<number>();
    await manager.getOrLoad('k', () => 1, options);
    clock.advance(100);
    expect(await manager.get('k')).toBe(undefined);
    expect(manager.peek('k')).toBe(undefined);
    expect(await manager.has('k')).toBe(false);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe(1);
    const strict = outcomeOf(manager.getOrLoad('k', loader.load));
    await settle();
    expect([strict.state, loader.calls.length]).toEqual(['pending', 1]);
    loader.call(0).resolve(2);
    await settle();
    expect(strict.value).toBe(2);
  });

  it('also takes what was set with keepStale', async () => {
    const { manager, clock } = setUp();
    await manager.set('k', 'set', { ttl: 100, keepStale: 1000 });
    clock.advance(100);
    expect(await manager.getOrLoad('k', () => 'loaded', options)).toBe('set');
    await settle();
    expect(await manager.get('k')).toBe('loaded');
  });

  it('gives nothing that was deleted or hard invalidated', async () => {
    const { manager, clock } = setUp();
    await manager.getOrLoad('k', () => 1, { ...options, tags: ['t'] });
    clock.advance(100);
    await manager.invalidateTags('t');
    expect(await manager.getOrLoad('k', () => 2, options)).toBe(2);
    clock.advance(100);
    await manager.delete('k');
    expect(await manager.getOrLoad('k', () => 3, options)).toBe(3);
  });
});

describe('stale if error', () => {
  const options = { ttl: 100, staleIfError: 1000 };

  it('gives the stale value where the load fails, and only then, for its time', async () => {
    const { manager, clock } = setUp();
    const loader = countedLoader();
    await manager.getOrLoad('k', loader.load, options);
    clock.advance(100);
    loader.isDown = true;
    expect(await manager.getOrLoad('k', loader.load, options)).toBe(1);
    expect(loader.calls).toBe(2);
    await expect(manager.getOrLoad('k', loader.load)).rejects.toThrow('down 3');
    clock.advance(999);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe(1);
    clock.advance(1);
    await expect(manager.getOrLoad('k', loader.load, options)).rejects.toThrow('down 5');
    expect(manager.getStats()).toMatchObject({ stale: 2, loadErrors: 4 });
  });

  it('is of the call: one that takes less gets less', async () => {
    const { manager, clock } = setUp();
    await manager.getOrLoad('k', () => 1, options);
    clock.advance(400);
    const down = () => Promise.reject(new Error('down'));
    await expect(manager.getOrLoad('k', down, { staleIfError: 300 })).rejects.toThrow('down');
    expect(await manager.getOrLoad('k', down, { staleIfError: 301 })).toBe(1);
  });

  it('gives the new value where the load succeeds', async () => {
    const { manager, clock } = setUp();
    const loader = countedLoader();
    await manager.getOrLoad('k', loader.load, options);
    clock.advance(100);
    expect(await manager.getOrLoad('k', loader.load, options)).toBe(2);
  });

  it('bridges a loader that hangs', async () => {
    const { manager, clock } = setUp();
    await manager.getOrLoad('k', () => 1, options);
    clock.advance(100);
    const loader = controlledLoader<number>();
    const reading = outcomeOf(manager.getOrLoad('k', loader.load, { ...options, loadTimeout: 300 }));
    await clock.advanceAsync(299);
    expect(reading.state).toBe('pending');
    await clock.advanceAsync(1);
    expect(reading).toMatchObject({ state: 'resolved', value: 1 });
  });

  it('spares the source as errorTtl says', async () => {
    const { manager, clock } = setUp();
    const loader = countedLoader();
    const sparing = { ...options, errorTtl: 500 };
    await manager.getOrLoad('k', loader.load, sparing);
    clock.advance(100);
    loader.isDown = true;
    for (let count = 0; count < 10; count++) {
      expect(await manager.getOrLoad('k', loader.load, sparing)).toBe(1);
      clock.advance(10);
    }
    expect(loader.calls).toBe(2);
  });
});

describe('early refresh', () => {
  /** Reads every 10 ms of a value whose load takes 100 ms and that lives for 10 s; when the refresh began. */
  async function refreshedAt(random: () => number, earlyRefresh: number): Promise<number> {
    const { manager, clock } = setUp({ random, ttlJitter: 0, earlyRefresh });
    const times: number[] = [];
    const load = () => {
      times.push(clock.monotonic());
      return new Promise<number>((resolve) => clock.setTimeout(() => resolve(1), 100));
    };
    const first = manager.getOrLoad('k', load, { ttl: 10_000 });
    await clock.advanceAsync(100);
    await first;
    while (times.length === 1) {
      void manager.getOrLoad('k', load, { ttl: 10_000 });
      await clock.advanceAsync(10);
    }
    return (times[1] ?? 0) - 100;
  }

  it('comes before the expiry, as XFetch has it', async () => {
    const random = seededRandom(11);
    const times: number[] = [];
    for (let run = 0; run < 60; run++) times.push(await refreshedAt(random, 1));
    // Reads are 10 ms apart and each draws -100 ms × ln(u): the first that reaches the expiry is due at about
    // 100 ms × (ln(100 ms / 10 ms) + 0.58) before it.
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    expect(10_000 - mean).toBeGreaterThan(200);
    expect(10_000 - mean).toBeLessThan(400);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(9300);
    expect(Math.max(...times)).toBeLessThan(10_000);
  });

  it('comes earlier where it is told to, and not at all where it is told so', async () => {
    const times: number[] = [];
    const random = seededRandom(12);
    for (let run = 0; run < 30; run++) times.push(await refreshedAt(random, 4));
    expect(times.reduce((sum, time) => sum + time, 0) / times.length).toBeLessThan(9300);
    expect(await refreshedAt(seededRandom(13), 0)).toBe(10_000);
  });

  it('is of one reader, gives all the value that is there, and stays away from what never expires', async () => {
    const { manager, clock } = setUp({ random: () => 1e-9, earlyRefresh: 1 });
    const slow = () => new Promise<number>((resolve) => clock.setTimeout(() => resolve(1), 100));
    const loader = controlledLoader<number>();
    for (const [key, ttl] of [
      ['k', 1000],
      ['ever', Infinity],
    ] as const) {
      const first = manager.getOrLoad(key, slow, { ttl });
      await clock.advanceAsync(100);
      expect(await first).toBe(1);
    }
    await clock.advanceAsync(700);
    for (let count = 0; count < 20; count++) {
      expect(await manager.getOrLoad('k', loader.load, { ttl: 1000 })).toBe(1);
      expect(await manager.getOrLoad('ever', loader.load)).toBe(1);
    }
    expect(loader.calls).toHaveLength(1);
    loader.call(0).resolve(2);
    await settle();
    expect(await manager.getOrLoad('k', loader.load, { ttl: 1000 })).toBe(2);
  });
});

describe('early refresh, within one millisecond', () => {
  it('is asked for at each read, not only at the first', async () => {
    const draw = { value: 0.999 };
    const { manager, clock } = setUp({ random: () => draw.value, earlyRefresh: 1 });
    const first = manager.getOrLoad(
      'k',
      () => new Promise<number>((resolve) => clock.setTimeout(() => resolve(1), 100)),
      {
        ttl: 1000,
      },
    );
    await clock.advanceAsync(100);
    await first;
    await clock.advanceAsync(800);
    const loader = controlledLoader<number>();
    expect(await manager.getOrLoad('k', loader.load)).toBe(1);
    expect(await manager.getOrLoad('k', loader.load)).toBe(1);
    expect(loader.calls).toHaveLength(0);
    draw.value = 1e-9;
    expect(await manager.getOrLoad('k', loader.load)).toBe(1);
    await settle();
    expect(loader.calls).toHaveLength(1);
  });
});
