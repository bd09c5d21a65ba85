import { ConfigurationError, type ConfigurationIssue, option } from '@evenkeel/core';
import type { Channel } from '../channels/channel.ts';

/* More than that at once no receiver takes gladly. */
const MAX_CONCURRENCY = 100;

/* Repeating faster than this would only be load. */
const LEAST_REPEAT_MS = 1000;

/** @throws ConfigurationError for what is no channel */
export function checkChannel(channel: Channel): void {
  const issues: ConfigurationIssue[] = [];
  option.withMethods<Channel>('send').read(channel, 'channel', issues);
  if (issues.length === 0) {
    option.string().read(channel.name, 'channel.name', issues);
    option
      .integer({ min: 1, max: MAX_CONCURRENCY })
      .optional()
      .read(channel.concurrency, 'channel.concurrency', issues);
    option.number({ min: LEAST_REPEAT_MS }).optional().read(channel.repeatMs, 'channel.repeatMs', issues);
  }
  if (issues.length > 0) throw new ConfigurationError('addChannel', issues);
}
