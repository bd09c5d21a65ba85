import { BalancedPool, type Dispatcher, Pool, RetryAgent } from 'undici';
import { balancedFetch } from '../../src/http/index.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';

/** What sends requests to one of several servers. */
export interface Client {
  /** Resolves when it was answered with 200; rejects otherwise, after a second at the latest. */
  request(): Promise<void>;
  /** Requests so far, and tries beyond the first of each, where these are known. */
  counts?(): { readonly requests: number; readonly retries: number };
  close(): Promise<void>;
}

const DEADLINE_MS = 1000;
const TRY_MS = 250;

/** By a balancer of ours, with time for each try and for all of a request. */
export function evenkeel(ports: readonly number[], tryMs = TRY_MS, deadlineMs = DEADLINE_MS): Client {
  const balancer = new LoadBalancer({ timeout: tryMs, deadline: deadlineMs });
  for (const port of ports) balancer.addServer(`${port}`, { host: '127.0.0.1', port });
  const fetch = balancedFetch(balancer);
  return {
    request: async () => {
      const response = await fetch('/');
      await response.text();
      if (response.status !== 200) throw new Error(`status ${response.status}`);
    },
    counts: () => {
      const { requests, retries } = balancer.getStats();
      return {
        requests: requests.arrived,
        retries: Object.values(retries).reduce((sum, each) => sum + each, 0),
      };
    },
    close: async () => {
      await fetch.stop();
      await balancer.stop();
    },
  };
}

export const CLIENTS: Readonly<Record<string, (ports: readonly number[]) => Client>> = {
  evenkeel: (ports) => evenkeel(ports),
  BalancedPool: (ports) => overDispatcher(new BalancedPool(originsOf(ports))),
  'BalancedPool and RetryAgent': (ports) =>
    overDispatcher(
      new RetryAgent(new BalancedPool(originsOf(ports)), { maxRetries: 2, minTimeout: 1, maxTimeout: 50 }),
    ),
  'Pools in turn': (ports) => {
    const pools = originsOf(ports).map((origin) => new Pool(origin));
    let next = 0;
    return {
      request: () => {
        const pool = pools[next] as Pool;
        next = (next + 1) % pools.length;
        return ask(pool);
      },
      close: async () => {
        await Promise.all(pools.map((pool) => pool.destroy()));
      },
    };
  },
};

function originsOf(ports: readonly number[]): string[] {
  return ports.map((port) => `http://127.0.0.1:${port}`);
}

function overDispatcher(dispatcher: Dispatcher): Client {
  return { request: () => ask(dispatcher), close: () => dispatcher.destroy() };
}

async function ask(dispatcher: Dispatcher): Promise<void> {
  // RetryAgent wants to know an origin, which BalancedPool replaces.
  const options = { origin: 'http://balanced', path: '/', method: 'GET' as const };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await withinSignal(dispatcher.request({ ...options, signal }), signal);
  await response.body.text();
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
}

/** undici hears its signal only when the request has a connection. */
function withinSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
