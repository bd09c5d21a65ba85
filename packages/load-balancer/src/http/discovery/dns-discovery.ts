import { Resolver } from 'node:dns/promises';
import { type Duration, EvenkeelError, option, readOptions } from '@evenkeel/core';
import type { DiscoveredServer, DiscoverySource, Found } from './discovery-source.ts';
import { type SrvRecord, weightsOf } from './srv-weights.ts';

/** What is asked: `dns.promises.Resolver`, or what does the same. */
export type DnsResolver = Pick<Resolver, 'resolve4' | 'resolve6' | 'resolveSrv'>;

/** Options of {@link dnsDiscovery}. */
export interface DnsDiscoveryOptions {
  /** The name that is looked up: `'api.internal'`, for SRV `'_http._tcp.api.internal'`. */
  readonly name: string;
  /** @defaultValue 'A' */
  readonly type?: 'A' | 'AAAA' | 'SRV';
  /** Of servers found by A and AAAA; SRV has its own. @defaultValue 80, or 443 for https */
  readonly port?: number;
  /** @defaultValue 'http' */
  readonly protocol?: 'http' | 'https';
  /** Longest time between lookups; that which an A or AAAA answer may be kept is shorter, perhaps. @defaultValue '30s' */
  readonly interval?: Duration;
  /** @defaultValue one with the servers of the system, 2 s for an answer and 2 tries */
  readonly resolver?: DnsResolver;
}

/* What may be kept for no time at all would be asked for all the time. */
const LEAST_VALID_MS = 1000;

/**
 * Servers by the addresses of a name, or by its SRV records (RFC 2782), whose targets are resolved in turn. Of SRV
 * records those of the first priority that has a target with an address are used, whether or not these servers work.
 *
 * @throws ConfigurationError
 */
export function dnsDiscovery(options: DnsDiscoveryOptions): DiscoverySource {
  const own = new Resolver({ timeout: 2000, tries: 2 });
  const { name, type, port, protocol, interval, resolver } = readOptions('dnsDiscovery', options, {
    name: option.string(),
    type: option.oneOf(['A', 'AAAA', 'SRV']).default('A'),
    port: option.integer({ min: 1, max: 65_535 }).optional(),
    protocol: option.oneOf(['http', 'https']).default('http'),
    interval: option.duration({ min: 1 }).default(30_000),
    resolver: option.withMethods<DnsResolver>('resolve4', 'resolve6', 'resolveSrv').default(own),
  });
  const look = async (signal: AbortSignal): Promise<Found> => {
    // The user's may have other questions to answer.
    const cancel = (): void => own.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const found =
        type === 'SRV'
          ? await lookUpServices(resolver, name)
          : await lookUpAddresses(resolver, name, type, port);
      return { ...found, servers: found.servers.map((server) => ({ ...server, protocol })) };
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
  return { name: `${type} ${name}`, intervalMs: interval, look };
}

async function lookUpAddresses(
  resolver: DnsResolver,
  name: string,
  type: 'A' | 'AAAA',
  port: number | undefined,
): Promise<Found> {
  const records =
    type === 'A'
      ? await resolver.resolve4(name, { ttl: true })
      : await resolver.resolve6(name, { ttl: true });
  const validMs = Math.max(LEAST_VALID_MS, 1000 * Math.min(...records.map(({ ttl }) => ttl)));
  const servers = records.map(({ address }) => ({ host: address, ...(port === undefined ? {} : { port }) }));
  return { servers, validMs };
}

async function lookUpServices(resolver: DnsResolver, name: string): Promise<Found> {
  const records = await resolver.resolveSrv(name);
  // A lone "." says that there is no such service: RFC 2782.
  const offered = records.filter(({ name: target }) => target !== '' && target !== '.');
  const priorities = [...new Set(offered.map(({ priority }) => priority))].sort((a, b) => a - b);
  let failure: unknown = new EvenkeelError(`${name} has no servers`, { code: 'NO_RECORDS' });
  for (const priority of priorities) {
    const group = offered.filter((record) => record.priority === priority);
    const resolved = await Promise.allSettled(group.map((record) => resolveTarget(resolver, record.name)));
    const rejected = resolved.find((each) => each.status === 'rejected');
    if (rejected?.status === 'rejected') failure = rejected.reason;
    const servers = serversOf(group, resolved);
    if (servers.length > 0) return { servers };
  }
  throw failure;
}

async function resolveTarget(resolver: DnsResolver, target: string): Promise<string[]> {
  try {
    return await resolver.resolve4(target);
  } catch (error) {
    return await resolver.resolve6(target).catch(() => {
      throw error;
    });
  }
}

/** A target with several addresses is several servers, which share its weight. */
function serversOf(
  group: readonly SrvRecord[],
  resolved: readonly PromiseSettledResult<string[]>[],
): DiscoveredServer[] {
  const weights = weightsOf(group);
  return group.flatMap(({ port }, index) => {
    const result = resolved[index];
    const addresses = result?.status === 'fulfilled' ? result.value : [];
    const weight = (weights[index] ?? 1) / addresses.length;
    return addresses.map((host) => ({ host, port, weight }));
  });
}
