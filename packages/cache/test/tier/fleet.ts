import { VirtualClock } from '@evenkeel/core';
import { CacheManager, type CacheManagerOptions } from '../../src/index.ts';
import { FakeServer } from '../support/fake-tier.ts';

type TierOptions = Parameters<FakeServer['tier']>[0];

/** Instances that share a second tier. */
export function fleet(options: CacheManagerOptions = {}, tierOptions: TierOptions = {}) {
  const clock = new VirtualClock();
  const server = new FakeServer(clock);
  const instance = (own: CacheManagerOptions = {}) => {
    const tier = server.tier(tierOptions);
    const manager = new CacheManager({
      clock,
      ttlJitter: 0,
      earlyRefresh: 0,
      random: () => 0.5,
      ...options,
      ...own,
      tier,
    });
    const errors: string[] = [];
    manager.on('error', ({ source }) => errors.push(source));
    manager.start();
    return { tier, manager, errors };
  };
  return { clock, server, a: instance(), b: instance(), instance };
}

/** A loader where none may be called. */
export const never = () => {
  throw new Error('was not to be loaded');
};
