import type { QuantileSketch } from '@evenkeel/core';
import type { RequestCounts, RetryReason } from './execution/execution-counts.ts';
import type { Executor } from './execution/executor.ts';
import type { RosterStatistics } from './servers/roster-statistics.ts';

/** What a balancer does and has done; counts are running totals since it was made. */
export interface LoadBalancerStatistics {
  /** Requests by how they ended; those that have not are `arrived` less all others. */
  readonly requests: Readonly<RequestCounts>;
  /** Requests that are tried now. */
  readonly inFlight: number;
  /** Requests that wait for a server now. */
  readonly queued: number;
  /** Tries whose function is done and whose server is still busy with them, as with a body that streams. */
  readonly held: number;
  /** Calls that were given up (timed out, aborted, slower than another) and are not done. */
  readonly abandoned: {
    readonly count: number;
    /** Age of the one that began first, in ms; 0 where there is none. */
    readonly oldestMs: number;
    /** The ten that were given up first. */
    readonly oldest: readonly { readonly server: string; readonly ageMs: number }[];
  };
  /** All tries, the first of each request included. */
  readonly tries: number;
  readonly retries: Readonly<Record<RetryReason, number>>;
  /** Second tries beside the first, and those of them that were faster. */
  readonly hedges: number;
  readonly hedgesWon: number;
  /** Tries beyond the first ones that may be made now, and those refused because none might. */
  readonly budget: { readonly left: number; readonly refused: number };
  /** Part of the requests that is refused now because the servers fail, 0 to 1. */
  readonly throttleRatio: number;
  /** Of the tries that went well in the last 30 to 60 s, in ms; 0 where there were none. */
  readonly latency: {
    readonly count: number;
    readonly mean: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
  };
  /** Servers by the kind of their state. */
  readonly census: RosterStatistics['census'];
  /** Whether so few servers are healthy that their health is left out of account. */
  readonly panic: boolean;
  readonly servers: RosterStatistics['servers'];
  /** Servers that are gone with requests under way which have not ended yet. */
  readonly lingering: number;
}

const MOST_OLDEST = 10;

export function describeExecution(
  executor: Executor,
  nowMs: number,
): Omit<LoadBalancerStatistics, 'census' | 'panic' | 'servers' | 'lingering'> {
  const { attempts, budget, throttle, tries } = executor;
  const oldest = attempts.oldestAbandoned(MOST_OLDEST).map(({ plan, startedMs }) => ({
    server: plan.server,
    ageMs: nowMs - startedMs,
  }));
  return {
    requests: { ...executor.requests },
    inFlight: executor.running,
    queued: executor.queued,
    held: attempts.held,
    abandoned: {
      count: attempts.abandoned,
      oldestMs: Math.max(0, ...oldest.map(({ ageMs }) => ageMs)),
      oldest,
    },
    tries: tries.started,
    retries: { ...tries.retries },
    hedges: tries.hedges,
    hedgesWon: tries.hedgesWon,
    budget: { left: budget.left(nowMs), refused: budget.refused },
    throttleRatio: throttle.ratio(nowMs),
    latency: describeLatency(executor.latency.recent(nowMs)),
  };
}

function describeLatency(sketch: QuantileSketch): LoadBalancerStatistics['latency'] {
  const { count } = sketch;
  if (count === 0) return { count, mean: 0, p50: 0, p95: 0, p99: 0 };
  const [p50, p95, p99] = [sketch.quantile(0.5), sketch.quantile(0.95), sketch.quantile(0.99)];
  return { count, mean: sketch.mean, p50, p95, p99 };
}
