import { createServer, type Server } from 'node:http';
import { onTestFinished } from 'vitest';
import { type ReverseProxy, type ReverseProxyOptions, reverseProxy } from '../../../src/http/index.ts';
import { LoadBalancer } from '../../../src/load-balancer.ts';
import type { LoadBalancerOptions } from '../../../src/load-balancer-options.ts';
import { listen } from './back-end.ts';
import { until } from './until.ts';

export interface Proxied {
  readonly port: number;
  readonly front: Server;
  readonly balancer: LoadBalancer;
  readonly proxy: ReverseProxy;
  /** What the proxy has answered itself, and why. */
  readonly errors: unknown[];
}

/** A proxy in front of servers on ports of the loopback, called a, b, c and so on. Ends with the test. */
export async function proxied(
  ports: readonly number[],
  options: ReverseProxyOptions = {},
  balancing: LoadBalancerOptions = {},
): Promise<Proxied> {
  // As many tries as it takes: what the budget allows is not what is tested.
  const balancer = new LoadBalancer({ retryBudget: 1, throttle: false, ...balancing });
  ports.forEach((port, index) => {
    balancer.addServer(String.fromCharCode(97 + index), { host: '127.0.0.1', port });
  });
  const errors: unknown[] = [];
  const proxy = reverseProxy(balancer, {
    onError: (error) => errors.push(error),
    stopTimeout: 0,
    ...options,
  });
  onTestFinished(() => proxy.stop());
  const front = createServer(proxy).on('upgrade', proxy.upgrade);
  const port = await listen(front);
  return { port, front, balancer, proxy, errors };
}

/** Resolves when nothing is in flight any more; throws when that takes too long. */
export function settled(balancer: LoadBalancer): Promise<void> {
  return until(() => {
    const { inFlight, held, servers } = balancer.getStats();
    const counts = Object.values(servers).map((server) => server.inFlight);
    return inFlight === 0 && held === 0 && counts.every((count) => count === 0);
  });
}
