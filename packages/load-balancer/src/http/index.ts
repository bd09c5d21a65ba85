export { type HttpCheckOptions, httpCheck } from './checks/http-check.ts';
export { tcpCheck } from './checks/tcp-check.ts';
export {
  type DiscoverOptions,
  type Discovery,
  type DiscoveryStatus,
  discover,
} from './discovery/discover.ts';
export type { DiscoveredServer, DiscoverySource, Found } from './discovery/discovery-source.ts';
export { type DnsDiscoveryOptions, type DnsResolver, dnsDiscovery } from './discovery/dns-discovery.ts';
export { type ListDiscoveryOptions, type ListSource, listDiscovery } from './discovery/list-discovery.ts';
export type { ServerRegistry } from './discovery/membership.ts';
export {
  type BalancedFetch,
  type BalancedFetchOptions,
  type BalancedRequestInit,
  balancedFetch,
} from './fetch/balanced-fetch.ts';
export { type ReverseProxy, reverseProxy } from './proxy/reverse-proxy.ts';
export type { ReverseProxyOptions, Trust } from './proxy/reverse-proxy-options.ts';
export { UpstreamError } from './upstream-error.ts';
