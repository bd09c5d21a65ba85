import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { LoadBalancer } from '../src/load-balancer.ts';
import type { LoadBalancerOptions } from '../src/load-balancer-options.ts';
import type { ServerOptions } from '../src/servers/server.ts';

/** A balancer in virtual time, with servers s0, s1, and so on. */
export function balanced(options: LoadBalancerOptions = {}, servers = 3, server: ServerOptions = {}) {
  const clock = new VirtualClock();
  const balancer = new LoadBalancer({ strategy: 'round-robin', clock, random: seededRandom(1), ...options });
  for (let index = 0; index < servers; index++) balancer.addServer(`s${index}`, server);
  return { balancer, clock };
}

/** Resolves then; the balancer knows nothing of it. */
export function afterMs<T = undefined>(clock: VirtualClock, ms: number, value?: T): Promise<T> {
  return new Promise((resolve) => {
    clock.setTimeout(() => resolve(value as T), ms);
  });
}

/** An error as connections that were refused give it. */
export function refusedConnection(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
