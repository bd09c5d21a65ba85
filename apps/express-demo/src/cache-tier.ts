import type { SecondTier } from '@evenkeel/cache';
import { redisTier } from '@evenkeel/cache/redis';
import { createClient } from 'redis';

/** What instances of the demo share behind their caches; nothing without an address. Connects when it is started. */
export function openCacheTier(redisUrl: string | undefined): SecondTier | undefined {
  if (redisUrl === undefined) return undefined;
  return redisTier({ client: createClient({ url: redisUrl }), prefix: 'evenkeel-demo:' });
}
