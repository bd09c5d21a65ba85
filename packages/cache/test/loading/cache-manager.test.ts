import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { CacheManager } from '../../src/index.ts';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { FakeServer } from '../support/fake-tier.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { setUp } from './set-up.ts';

describe('get, set, has, peek and delete', () => {
  it('do what they say', async () => {
    const { manager } = setUp();
    expect(await manager.set('k', 1, { ttl: 1000, tags: ['t'] })).toBe(true);
    expect([await manager.get('k'), await manager.has('k'), manager.peek('k')]).toEqual([1, true, 1]);
    expect(await manager.delete('k')).toBe(true);
    expect(await manager.delete('k')).toBe(false);
    expect([await manager.get('k'), await manager.has('k'), manager.peek('k')]).toEqual([
      undefined,
      false,
      undefined,
    ]);
    await manager.set('k', undefined);
    expect([await manager.get('k'), await manager.has('k')]).toEqual([undefined, true]);
    expect(await manager.clear()).toBe(true);
    expect(await manager.has('k')).toBe(false);
  });

  it('give the value of now, also to those who ask again and again', async () => {
    const { manager, clock } = setUp();
    for (let round = 0; round < 5; round++) {
      await manager.set('k', round, { ttl: 100 });
      for (let count = 0; count < 3; count++) expect(await manager.get('k')).toBe(round);
      manager.local.set('k', -round, { ttl: 100 });
      expect(await manager.getOrLoad('k', () => 'loaded')).toBe(-round);
      if (round % 2 === 0) manager.local.delete('k');
      else clock.advance(100);
      expect(await manager.get('k')).toBe(undefined);
    }
  });

  it('are those of the first tier by itself, too', async () => {
    const { manager } = setUp();
    await manager.set('k', 1);
    expect(manager.local.get('k')).toBe(1);
    manager.local.set('l', 2);
    expect(await manager.get('l')).toBe(2);
    manager.local.invalidatePrefix('');
    expect(await manager.get('k')).toBe(undefined);
  });
});

describe('events', () => {
  it('tell of invalidations, when they are done, and of loads that fail', async () => {
    const { manager, events } = setUp();
    const seen: unknown[] = [];
    manager.on('invalidated', () => seen.push(manager.peek('k')));
    for (const invalidate of [
      () => manager.delete('k'),
      () => manager.invalidateTags(['t', 'u'], { soft: true }),
      () => manager.invalidatePrefix('k'),
      () => manager.invalidatePattern('k*'),
      () => manager.invalidatePattern('*k', { soft: true }),
      () => manager.invalidatePattern(/k/i),
      () => manager.clear(),
    ]) {
      await manager.set('k', 1, { tags: ['t'] });
      await invalidate();
    }
    expect(seen).toEqual(Array.from({ length: 8 }, () => undefined));
    const patterns = events.splice(0).map(({ data }) => data);
    expect(patterns).toEqual([
      { kind: 'key', key: 'k', origin: 'here' },
      { kind: 'tag', tag: 't', soft: true, origin: 'here' },
      { kind: 'tag', tag: 'u', soft: true, origin: 'here' },
      { kind: 'prefix', prefix: 'k', soft: false, origin: 'here' },
      { kind: 'prefix', prefix: 'k', soft: false, origin: 'here' },
      { kind: 'pattern', source: expect.any(String), flags: 'su', soft: true, origin: 'here' },
      { kind: 'pattern', source: 'k', flags: 'i', soft: false, origin: 'here' },
      { kind: 'all', origin: 'here' },
    ]);
    await manager.getOrLoad('k', () => Promise.reject(new Error('down'))).catch(() => {});
    expect(events).toEqual([
      { type: 'load_failed', data: { key: 'k', error: new Error('down'), background: false } },
    ]);
  });

  it('whose listeners throw change nothing', async () => {
    const { manager, clock, errors } = setUp();
    manager.on('load_failed', () => {
      throw new Error('listener');
    });
    manager.on('invalidated', () => Promise.reject(new Error('listener')));
    await expect(manager.getOrLoad('k', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await manager.set('k', 1, { ttl: 10, keepStale: 100 });
    clock.advance(10);
    const options = { staleWhileRevalidate: 100 };
    expect(await manager.getOrLoad('k', () => Promise.reject(new Error('down')), options)).toBe(1);
    expect(await manager.invalidateTags('t')).toBe(true);
    await settle();
    expect(errors.map(({ source }) => source).sort()).toEqual([
      'listener of "invalidated"',
      'listener of "load_failed"',
      'listener of "load_failed"',
    ]);
    expect(manager.getStats().inFlight).toBe(0);
  });
});

describe('stop()', () => {
  it('waits for what is under way, and leaves no timer', async () => {
    for (const starts of [true, false]) {
      const { manager, clock } = setUp({ defaultTtl: 1000 });
      if (starts) manager.start();
      const loader = controlledLoader<string>();
      const loading = manager.getOrLoad('k', loader.load);
      await settle();
      const first = outcomeOf(manager.stop());
      const second = outcomeOf(manager.stop());
      await settle();
      expect([first.state, second.state]).toEqual(['pending', 'pending']);
      loader.call(0).resolve('value');
      await settle();
      expect([first.state, second.state, await loading]).toEqual(['resolved', 'resolved', 'value']);
      expect(clock.pending).toBe(0);
      expect(await manager.get('k')).toBe('value');
    }
  });

  it('waits for a load that fails or hangs, no longer than it may take', async () => {
    const { manager, clock } = setUp({ loadTimeout: 100 });
    manager.start();
    const loading = outcomeOf(manager.getOrLoad('k', controlledLoader<string>().load));
    await settle();
    const stopping = outcomeOf(manager.stop());
    await clock.advanceAsync(100);
    expect([loading.state, stopping.state]).toEqual(['rejected', 'resolved']);
    expect(clock.pending).toBe(0);
  });

  it('is undone by start(), as often as one likes', async () => {
    const meter = recordingMeter();
    const tier = new FakeServer().tier();
    const { manager, events } = setUp({ meter: meter.meter, tier });
    for (let round = 0; round < 3; round++) {
      manager.start();
      manager.start();
      expect([meter.refreshers.size, manager.snapshot()]).toMatchObject([
        1,
        { running: true, tier: { state: 'up' } },
      ]);
      await manager.stop();
      expect([meter.refreshers.size, manager.snapshot()]).toMatchObject([
        0,
        { running: false, tier: { state: 'away' } },
      ]);
    }
    expect(events).toHaveLength(3);
  });

  it('comes at the end of an await using block', async () => {
    const meter = recordingMeter();
    {
      await using manager = new CacheManager({ clock: new VirtualClock(), meter: meter.meter });
      manager.start();
      expect(meter.refreshers.size).toBe(1);
    }
    expect(meter.refreshers.size).toBe(0);
  });

  it('leaves nothing behind after a day of work', async () => {
    const { manager, clock } = setUp({
      maxSize: 100,
      defaultTtl: '1m',
      staleWhileRevalidate: '1m',
      errorTtl: '5s',
    });
    manager.start();
    for (let minute = 0; minute < 24 * 60; minute++) {
      const load = () => {
        if (minute % 7 === 0) throw new Error('down');
        return new Promise<number>((resolve) => clock.setTimeout(() => resolve(minute), minute % 50));
      };
      const tags = [`t${minute % 5}`];
      const reading = [
        manager.getOrLoad(`k${minute % 150}`, load, { tags }),
        manager.getOrLoad('hot', load, { tags }),
      ];
      if (minute % 11 === 0) void manager.invalidateTags(`t${minute % 3}`);
      await clock.advanceAsync(60_000);
      await Promise.allSettled(reading);
    }
    expect(manager.getStats().inFlight).toBe(0);
    await clock.advanceAsync(300_000);
    expect(manager.getStats()).toMatchObject({ entries: 0, bytes: 0, inFlight: 0 });
    expect(clock.pending).toBe(0);
    await manager.stop();
  });
});

describe('what it tells of itself', () => {
  it('snapshot: plain data', async () => {
    const { manager } = setUp();
    manager.start();
    await manager.getOrLoad('k', () => 1);
    await manager.get('k');
    const snapshot = manager.snapshot();
    expect(snapshot).toEqual({
      running: true,
      ...manager.getStats(),
      hottestKeys: [],
    });
    expect(manager.getStats()).toMatchObject({
      entries: 1,
      hits: 1,
      misses: 1,
      hitRatio: 0.5,
      sets: 1,
      stale: 0,
      loads: 1,
      loadErrors: 0,
      meanLoadMs: 0,
      inFlight: 0,
      tier: undefined,
    });
    expect(JSON.parse(JSON.stringify(snapshot))).toMatchObject({ running: true, hits: 1 });
  });

  it('the mean time of its loads, and how many are under way', async () => {
    const { manager, clock } = setUp();
    for (const ms of [100, 300]) {
      const loading = manager.getOrLoad(
        `k${ms}`,
        () => new Promise<void>((resolve) => clock.setTimeout(resolve, ms)),
      );
      await settle();
      expect(manager.getStats().inFlight).toBe(1);
      await clock.advanceAsync(ms);
      await loading;
    }
    expect(manager.getStats()).toMatchObject({ meanLoadMs: 200, inFlight: 0 });
  });

  it('health: a warning where most loads fail, or the second tier is away', async () => {
    const { manager } = setUp();
    expect(manager.healthCheck()).toEqual({
      score: 100,
      status: 'healthy',
      metrics: { hitRatio: 0, entries: 0, loads: 0, loadErrors: 0 },
    });
    await manager.getOrLoad('k', () => Promise.reject(new Error('down'))).catch(() => {});
    expect(manager.healthCheck()).toMatchObject({
      score: 70,
      status: 'warning',
      metrics: { loads: 1, loadErrors: 1 },
    });
    await manager.getOrLoad('k', () => 1);
    expect(manager.healthCheck().status).toBe('healthy');
    const tier = new FakeServer().tier();
    const tiered = setUp({ tier }).manager;
    expect(tiered.healthCheck()).toMatchObject({ status: 'healthy', metrics: { tierUp: 0 } });
    tiered.start();
    expect(tiered.healthCheck()).toMatchObject({ status: 'healthy', metrics: { tierUp: 1 } });
    tier.cut();
    expect(tiered.healthCheck()).toMatchObject({ score: 70, status: 'warning', metrics: { tierUp: 0 } });
  });

  it('advice where there is reason for it, and none otherwise', async () => {
    const { manager } = setUp({ maxSize: 10 });
    expect(manager.recommendations()).toEqual([]);
    for (let index = 0; index < 10_000; index++) await manager.getOrLoad(`k${index % 1000}`, () => index);
    expect(manager.recommendations()).toMatchObject([
      {
        id: 'cache-too-small',
        component: 'cache',
        priority: 'medium',
        message: expect.stringContaining('raise maxSize or maxBytes'),
        evidence: { maxSize: 10, entries: 10 },
        automated: false,
      },
    ]);
    const failing = setUp().manager;
    for (let index = 0; index < 100; index++) {
      await failing.getOrLoad('k', () => Promise.reject(new Error('down'))).catch(() => {});
    }
    expect(failing.recommendations()).toMatchObject([
      {
        id: 'cache-loads-fail',
        priority: 'high',
        message: expect.stringContaining('100 % of the loads fail'),
      },
    ]);
  });

  it('what an optimizer may turn', () => {
    const { manager } = setUp({ maxSize: 100 });
    expect(manager.tunables().map(({ name }) => name)).toEqual(['cache.maxSize', 'cache.window']);
    const [size] = manager.tunables();
    size?.set(50 as never);
    expect(manager.local.maxSize).toBe(50);
  });

  it('metrics', async () => {
    const { meter, observations, collect } = recordingMeter();
    const { manager, clock } = setUp({ meter, maxSize: 2, sizeOf: () => 10, maxEntryBytes: 10 });
    manager.start();
    const options = { ttl: 100, staleWhileRevalidate: 100 };
    const slow = manager.getOrLoad(
      'k',
      () => new Promise<number>((resolve) => clock.setTimeout(() => resolve(1), 250)),
      options,
    );
    await clock.advanceAsync(250);
    await slow;
    await manager.get('k');
    await manager.get('missing');
    clock.advance(100);
    await manager.getOrLoad('k', () => Promise.reject(new Error('down')), options);
    await settle();
    collect();
    for (const key of ['a', 'b', 'c']) await manager.set(key, 1);
    await manager.delete('c');
    await manager.set('d', 1, { ttl: 5, tags: ['t'] });
    const fence = manager.local.fence();
    await manager.invalidateTags('t');
    await manager.set('e', 1, { tags: ['t'], fence });
    manager.local.sweep();
    const { removed, entries } = manager.getStats();
    expect(collect()).toEqual({
      'evenkeel_cache_requests_total{result="hit"}': 1,
      'evenkeel_cache_requests_total{result="stale"}': 1,
      'evenkeel_cache_requests_total{result="miss"}': 2,
      'evenkeel_cache_removed_total{reason="capacity"}': removed.capacity,
      'evenkeel_cache_removed_total{reason="expired"}': removed.expired,
      'evenkeel_cache_removed_total{reason="invalidated"}': 1,
      'evenkeel_cache_removed_total{reason="deleted"}': 1,
      'evenkeel_cache_refused_total{reason="oversize"}': 0,
      'evenkeel_cache_refused_total{reason="fenced"}': 1,
      evenkeel_cache_entries: entries,
      evenkeel_cache_bytes: 10 * entries,
      evenkeel_cache_load_errors_total: 1,
    });
    expect(removed.capacity + removed.expired + entries).toBe(3);
    expect([...observations]).toEqual([['evenkeel_cache_load_duration_seconds', [0.25, 0]]]);
    await manager.stop();
  });

  it('metrics of the second tier', async () => {
    const { meter, collect } = recordingMeter();
    const tier = new FakeServer().tier();
    const { manager } = setUp({ meter, tier });
    manager.start();
    await manager.getOrLoad('k', () => 1);
    await manager.stop();
    manager.start();
    await manager.set('l', 1);
    await manager.get('missing');
    expect(collect()).toMatchObject({
      evenkeel_cache_tier_up: 1,
      'evenkeel_cache_tier_operations_total{operation="read",outcome="hit"}': 0,
      'evenkeel_cache_tier_operations_total{operation="read",outcome="miss"}': 2,
      'evenkeel_cache_tier_operations_total{operation="write",outcome="stored"}': 2,
      'evenkeel_cache_tier_operations_total{operation="write",outcome="fenced"}': 0,
      'evenkeel_cache_tier_operations_total{operation="write",outcome="away"}': 0,
    });
    tier.cut();
    await manager.set('l', 2);
    expect(collect()).toMatchObject({
      evenkeel_cache_tier_up: 0,
      'evenkeel_cache_tier_operations_total{operation="write",outcome="away"}': 1,
    });
  });
});

describe('options of the manager', () => {
  it.each([
    [{ maxSize: 0 }, 'CacheManager: maxSize must be a positive integer, got 0'],
    [{ tier: {} }, 'tier must be'],
    [{ tier: null }, 'tier must be'],
    [{ meter: {} }, 'meter must be'],
    [{ errorTtl: 'long' }, 'errorTtl must be'],
    [{ loadTimeout: 0 }, 'loadTimeout must be'],
    [{ earlyRefresh: 101 }, 'earlyRefresh must be'],
    [{ staleWhileRevalidate: -1 }, 'staleWhileRevalidate must be'],
    [{ ttl: 100 }, 'ttl'],
    [{ strategy: 'mru' }, 'strategy must be one of'],
    [5, '5'],
  ])('that are wrong say so: %j', (options, message) => {
    expect(() => new CacheManager(options as never)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION' }),
    );
    expect(() => new CacheManager(options as never)).toThrow(message);
  });

  it('may all be left out', async () => {
    const manager = new CacheManager();
    expect(await manager.getOrLoad('k', () => 1)).toBe(1);
    expect(manager.local.maxSize).toBe(10_000);
    await manager.stop();
  });
});
