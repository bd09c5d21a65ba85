import { type Duration, describeValue, EvenkeelError, option, readOptions, readValue } from '@evenkeel/core';
import type { HealthCheck } from '../check.ts';
import { answerTime } from './answer-time.ts';

/** A Redis client: node-redis and ioredis satisfy it. */
export interface Pingable {
  ping(): Promise<unknown>;
}

/** Options of {@link redisCheck}. */
export interface RedisCheckOptions {
  /** An answer that takes longer is a warning, in ms. @defaultValue 250 */
  readonly warnAfter?: Duration;
}

/**
 * Sends PING to Redis and expects PONG. Clients that queue commands while they are offline fail by the check's
 * time-out.
 *
 * @throws ConfigurationError
 */
export function redisCheck(client: Pingable, options: RedisCheckOptions = {}): HealthCheck {
  readValue('redisCheck', 'client', client, option.withMethods<Pingable>('ping'));
  const { warnAfter } = readOptions('redisCheck', options, {
    warnAfter: option.duration().default(250),
  });
  const ping = async (): Promise<void> => {
    const answer = await client.ping();
    // Clients that are told so give a Buffer.
    if (String(answer) === 'PONG') return;
    throw new EvenkeelError(`answered PING with ${describeValue(answer)}`, { code: 'UNEXPECTED_ANSWER' });
  };
  return Object.assign(async () => answerTime(ping, warnAfter), {
    dependency: true,
    componentType: 'datastore' as const,
  });
}
