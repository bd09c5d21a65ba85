export type { IoredisClient } from './ioredis-driver.ts';
export type { NodeRedisClient } from './node-redis-driver.ts';
export type { RedisTierOptions } from './options.ts';
export { RedisTier, redisTier } from './redis-tier.ts';
export type { RedisTierStats } from './redis-tier-stats.ts';
