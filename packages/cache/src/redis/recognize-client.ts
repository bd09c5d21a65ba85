import { ConfigurationError } from '@evenkeel/core';
import type { RedisDriver } from './driver.ts';
import { type IoredisClient, IoredisDriver } from './ioredis-driver.ts';
import { type NodeRedisClient, NodeRedisDriver } from './node-redis-driver.ts';

/** The driver for a user's client. It is told by its methods, so that neither library has to be there. */
export function driverFor(client: unknown): RedisDriver {
  if (isNodeRedis(client)) return new NodeRedisDriver(client);
  if (isIoredis(client)) return new IoredisDriver(client);
  const expected =
    'a client of redis 6 (createClient()) or of ioredis 5 (new Redis()); no cluster, no sentinel of redis, no pool';
  throw new ConfigurationError('redisTier', [{ path: 'client', value: client, expected }]);
}

/** `createPool` tells a client from the library's pools, clusters and sentinels. */
function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasMethods(client, 'duplicate', 'sendCommand', 'createPool', 'destroy');
}

function isIoredis(client: unknown): client is IoredisClient {
  return hasMethods(client, 'duplicate', 'callBuffer', 'disconnect') && !Reflect.get(client, 'isCluster');
}

function hasMethods(value: unknown, ...names: readonly string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
