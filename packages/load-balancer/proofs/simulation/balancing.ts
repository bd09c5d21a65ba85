import { Picker } from '../../src/picker.ts';
import type { StrategyName } from '../../src/strategies/index.ts';
import type { ServerModel } from './server-model.ts';

/* The slowest servers', whose weight is 1. */
const MOST_MEAN_MS = 15;

/** Who sends requests: chooses a server, and learns how its own requests went. */
export interface Balancing {
  choose(nowMs: number): number;
  finished(server: number, nowMs: number, latencyMs: number, failed: boolean): void;
  /** An answer says how busy its server is, as a part of what it works on at once. */
  reported?(server: number, nowMs: number, load: number): void;
  /** A server comes in while others work. */
  join?(server: number, nowMs: number): void;
}

/** One of ours, beginning with the first `known` servers. Weights are equal but for the one strategy that goes by nothing else, which has the true ones. */
export function balancingBy(
  strategy: StrategyName,
  servers: readonly ServerModel[],
  known: number,
  random: () => number,
): Balancing {
  const picker = new Picker({ strategy, random });
  const weightOf = (server: number): number =>
    strategy === 'weighted-round-robin' ? MOST_MEAN_MS / (servers[server] as ServerModel).meanMs : 1;
  const join = (server: number, nowMs: number): void => {
    if (server >= picker.fleet.slots) picker.add(String(server), nowMs);
    picker.setWeight(server, weightOf(server), nowMs, picker.fleet.weight[server] === 0);
  };
  for (let server = 0; server < known; server++) join(server, 0);
  return {
    choose: (nowMs) => picker.pick(nowMs, undefined, undefined),
    finished: (server, nowMs, latencyMs, failed) => picker.finish(server, nowMs, latencyMs, failed),
    reported: (server, nowMs, load) => picker.report(server, nowMs, load),
    join,
  };
}

/**
 * Joins the shortest expected delay on the servers' true state: their queues, how slow they are and what is wrong with
 * them, at this very moment; ties at random.
 *
 * @param seesUnderway whether it knows of the requests that are still on their way, too
 */
export function allKnowing(
  servers: readonly ServerModel[],
  random: () => number,
  seesUnderway: boolean,
): Balancing {
  return {
    choose() {
      let best = 0;
      let bestMs = Infinity;
      let ties = 0;
      for (let server = 0; server < servers.length; server++) {
        const expectedMs = (servers[server] as ServerModel).expectedMs(seesUnderway);
        if (expectedMs > bestMs) continue;
        ties = expectedMs < bestMs ? 1 : ties + 1;
        if (random() * ties >= 1) continue;
        best = server;
        bestMs = expectedMs;
      }
      return best;
    },
    finished() {},
  };
}

/**
 * Knows the servers' true speed and, of each, how many requests it had when it last answered this client, besides what
 * this client has sent since: as much as answers can tell, and more than latencies do.
 */
export function wellInformed(servers: readonly ServerModel[], random: () => number): Balancing {
  const seen = new Float64Array(servers.length);
  const sentSince = new Float64Array(servers.length);
  return {
    choose() {
      let best = 0;
      let bestMs = Infinity;
      let ties = 0;
      for (let server = 0; server < servers.length; server++) {
        const model = servers[server] as ServerModel;
        const before = (seen[server] as number) + (sentSince[server] as number);
        const expectedMs = model.expectedMsBehind(before);
        if (expectedMs > bestMs) continue;
        ties = expectedMs < bestMs ? 1 : ties + 1;
        if (random() * ties >= 1) continue;
        best = server;
        bestMs = expectedMs;
      }
      sentSince[best] = (sentSince[best] as number) + 1;
      return best;
    },
    finished(server) {
      const { busy, waiting } = servers[server] as ServerModel;
      seen[server] = busy + waiting;
      sentSince[server] = 0;
    },
  };
}
