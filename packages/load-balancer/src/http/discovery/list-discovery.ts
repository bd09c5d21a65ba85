import { ConfigurationError, type Duration, option, readOptions } from '@evenkeel/core';
import type { DiscoveredServer, DiscoverySource, Found } from './discovery-source.ts';

type List = readonly DiscoveredServer[];

/** A list; a function that gives it, each time anew; or what yields it whenever it has changed. */
export type ListSource = List | ((signal: AbortSignal) => List | Promise<List>) | AsyncIterable<List>;

/** Options of {@link listDiscovery}. */
export interface ListDiscoveryOptions {
  /** Time between the calls of a function. @defaultValue '30s' */
  readonly interval?: Duration;
}

/**
 * Servers from a list that the application has, or gets from somewhere.
 *
 * @throws ConfigurationError
 */
export function listDiscovery(list: ListSource, options?: ListDiscoveryOptions): DiscoverySource {
  const { interval } = readOptions('listDiscovery', options, {
    interval: option.duration({ min: 1 }).default(30_000),
  });
  if (Array.isArray(list)) return { name: 'a list', look: async () => ({ servers: list }) };
  if (typeof list === 'function') {
    const look = async (signal: AbortSignal): Promise<Found> => ({ servers: await list(signal) });
    return { name: 'a list', intervalMs: interval, look };
  }
  if (typeof list === 'object' && list !== null && Symbol.asyncIterator in list) {
    return { name: 'a list', look: async () => ({ servers: [] }), follow: () => list };
  }
  const expected = 'a list of servers, a function that gives one, or an async iterable of lists';
  throw new ConfigurationError('listDiscovery', [{ path: 'list', value: list, expected }]);
}
