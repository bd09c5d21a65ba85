import type { SecondTier, TierListener } from '@evenkeel/cache';
import { VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { PerformanceSystem } from '../../src/index.ts';

/** A second tier that holds nothing and says what it is told to say of itself. */
function emptyTier() {
  let listener: TierListener | undefined;
  const tier: SecondTier = {
    name: 'empty',
    staleBound: 1000,
    start: (given) => {
      listener = given;
    },
    stop: async () => {},
    trustedUntil: () => -Infinity,
    read: async () => ({ kind: 'away' }),
    write: async () => 'away',
    release: () => {},
    invalidate: async () => false,
  };
  return { tier, changed: (state: Parameters<TierListener['changed']>[0]) => listener?.changed(state) };
}

it('caches as configured, with its metrics among those of the system', async () => {
  await using system = new PerformanceSystem({
    environment: 'testing',
    cacheManager: { maxSize: 2, strategy: 'fifo' },
  });
  await system.start();
  const cache = system.getComponent('cache');
  for (const key of ['a', 'b', 'c']) await cache.getOrLoad(key, () => key);
  expect([await cache.get('a'), await cache.get('c')]).toEqual([undefined, 'c']);
  const metrics = system.exportMetrics('prometheus');
  expect(metrics).toContain('evenkeel_cache_requests_total{result="hit"} 1');
  expect(metrics).toContain('evenkeel_cache_requests_total{result="miss"} 4');
  expect(metrics).toContain('evenkeel_cache_removed_total{reason="capacity"} 1');
});

it('raises an alert while the second tier of the host is away', async () => {
  const { tier, changed } = emptyTier();
  const clock = new VirtualClock();
  await using system = new PerformanceSystem({ environment: 'testing' }, { clock, cacheTier: tier });
  await system.start();
  const alerts = () => system.getPerformanceDashboard().alerts.map(({ message }) => message);
  expect(alerts()).toEqual([]);
  changed({ kind: 'away', reason: 'connection refused' });
  expect(alerts()).toEqual(['The cache goes on without its second tier: connection refused']);
  changed({ kind: 'up' });
  expect(alerts()).toEqual([]);
});
