import { VirtualClock } from '@evenkeel/core';
import { CacheManager, type CacheManagerOptions } from '../../src/index.ts';

/** A manager in virtual time, without chance, and what it reports. */
export function setUp(options: CacheManagerOptions = {}) {
  const clock = new VirtualClock();
  const manager = new CacheManager({ clock, ttlJitter: 0, earlyRefresh: 0, random: () => 0.5, ...options });
  const events: { type: string; data: unknown }[] = [];
  manager.on('*', ({ type, data }) => events.push({ type, data }));
  const errors: { source: string; message: string }[] = [];
  manager.on('error', ({ source, error }) => errors.push({ source, message: error.message }));
  return { clock, manager, events, errors };
}
