export { type HttpCheckOptions, httpCheck } from './http-check.ts';
export { type PostgresCheckOptions, postgresCheck } from './postgres-check.ts';
export { type Pingable, type RedisCheckOptions, redisCheck } from './redis-check.ts';
