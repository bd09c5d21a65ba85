import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { LoadBalancer } from '../../src/load-balancer.ts';
import type { LoadBalancerOptions } from '../../src/load-balancer-options.ts';
import { ServerModel } from './server-model.ts';

/** What befalls all servers at once: they are four times slower, or answer errors. */
export interface Blip {
  readonly kind: 'slow' | 'outage';
  /** Arriving requests to what the servers can serve. */
  readonly load: number;
  readonly beforeMs: number;
  readonly blipMs: number;
  readonly afterMs: number;
  readonly clients: number;
  readonly seed: number;
  readonly options: LoadBalancerOptions;
}

export interface BlipResult {
  readonly requests: number;
  /** Tries beyond the first of each request, to requests: over the whole run, and during the blip. */
  readonly extra: number;
  readonly extraDuring: number;
  /** Requests that failed, the refused ones included, to requests; by when they came. */
  readonly errors: {
    readonly before: number;
    readonly during: number;
    /** In the five seconds after the blip. */
    readonly recovering: number;
    /** From then on: of all, and in the worst second. */
    readonly after: number;
    readonly worstSecond: number;
  };
}

/* Half the fleet, three of ten, two of ten. */
const MEANS_MS = [10, 10, 10, 10, 10, 15, 15, 15, 6, 6];
const SLOWNESS = 4;
const RECOVERY_MS = 5000;

/** Requests arrive at random (Poisson) at clients that each have a balancer of their own, before, during and after. */
export async function playBlip(blip: Blip): Promise<BlipResult> {
  const { kind, load, beforeMs, blipMs, afterMs, clients, seed, options } = blip;
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const servers = MEANS_MS.map((meanMs) => new ServerModel(clock, random, meanMs));
  const balancers = Array.from({ length: clients }, () => {
    const balancer = new LoadBalancer<ServerModel>({
      timeout: '1s',
      clock,
      random,
      ...options,
    });
    for (const [index, server] of servers.entries()) balancer.addServer(`s${index}`, { metadata: server });
    return balancer;
  });
  const perMs = load * servers.reduce((sum, { capacity }) => sum + capacity, 0);
  const endMs = beforeMs + blipMs + afterMs;
  const seconds = Array.from({ length: Math.ceil(endMs / 1000) }, () => ({ requests: 0, errors: 0 }));
  const extraTries = () =>
    balancers.reduce((sum, balancer) => {
      const { tries, requests } = balancer.getStats();
      const { noServer, throttled, queueFull, arrived } = requests;
      return sum + tries - (arrived - noServer - throttled - queueFull);
    }, 0);

  const request = (balancer: LoadBalancer<ServerModel>): void => {
    const second = seconds[Math.floor(clock.monotonic() / 1000)];
    if (!second) return;
    second.requests += 1;
    balancer
      .executeRequest(({ metadata }) => metadata?.serve(), { idempotent: true })
      .catch(() => {
        second.errors += 1;
      });
  };
  const arrive = (): void => {
    if (clock.monotonic() >= endMs) return;
    clock.setTimeout(arrive, -Math.log(1 - random()) / perMs);
    request(balancers[Math.floor(random() * clients)] as LoadBalancer<ServerModel>);
  };
  const set = (isOn: boolean): void => {
    for (const server of servers) {
      if (kind === 'slow') server.slowness = isOn ? SLOWNESS : 1;
      else server.isFailing = isOn;
    }
  };
  arrive();
  await clock.advanceAsync(beforeMs);
  const extraBefore = extraTries();
  set(true);
  await clock.advanceAsync(blipMs);
  const extraDuring = extraTries() - extraBefore;
  set(false);
  // The last requests come to their end too.
  await clock.advanceAsync(afterMs + 30_000);

  const between = (fromMs: number, toMs: number) => seconds.slice(fromMs / 1000, toMs / 1000);
  const ratio = (some: typeof seconds) =>
    some.reduce((sum, { errors }) => sum + errors, 0) / Math.max(1, count(some));
  const count = (some: typeof seconds) => some.reduce((sum, { requests }) => sum + requests, 0);
  const healedMs = beforeMs + blipMs;
  const after = between(healedMs + RECOVERY_MS, endMs);
  return {
    requests: count(seconds),
    extra: extraTries() / count(seconds),
    extraDuring: extraDuring / count(between(beforeMs, healedMs)),
    errors: {
      before: ratio(between(0, beforeMs)),
      during: ratio(between(beforeMs, healedMs)),
      recovering: ratio(between(healedMs, healedMs + RECOVERY_MS)),
      after: ratio(after),
      worstSecond: Math.max(0, ...after.map((second) => ratio([second]))),
    },
  };
}
