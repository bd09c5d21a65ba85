import type { Disposer, Meter } from '@evenkeel/core';
import type { ExecutionCounts } from './execution/execution-counts.ts';
import type { PoolSnapshot } from './pool/pool-monitor.ts';

/** What the metrics are read from when they are collected. */
export interface Measured {
  readonly counts: ExecutionCounts | undefined;
  readonly pools: readonly PoolSnapshot[];
}

/** Exports what `optimizeQuery()`, `transaction()` and the instrumented pools have counted. */
export function exportExecution(meter: Meter, read: () => Measured): Disposer {
  const retries = meter.gauge('evenkeel_db_optimizer_retries', {
    description: 'Tries of queries and transactions beyond the first so far, by why they were made.',
    labels: ['reason'],
  });
  const refused = meter.gauge('evenkeel_db_optimizer_retries_refused', {
    description: 'Retries so far that the budget did not allow.',
  });
  const lost = meter.gauge('evenkeel_db_optimizer_lost_commits', {
    description: 'Answers to COMMIT that were lost so far, by what was found out.',
    labels: ['outcome'],
  });
  const inUse = meter.gauge('evenkeel_db_optimizer_pool_connections_in_use', {
    description: 'Connections in use in the mean of the last minute.',
    labels: ['pool'],
  });
  const utilisation = meter.gauge('evenkeel_db_optimizer_pool_utilisation_ratio', {
    description: 'Part of the connections a pool may have that is in use, in the mean of the last minute.',
    labels: ['pool'],
  });
  const waiting = meter.gauge('evenkeel_db_optimizer_pool_waiting', {
    description: 'Those who wait for a connection now.',
    labels: ['pool'],
  });
  const wait = meter.gauge('evenkeel_db_optimizer_pool_wait_seconds', {
    description: 'Mean wait for a connection over the last minute.',
    labels: ['pool'],
  });
  return meter.onCollect(() => {
    const { counts, pools } = read();
    for (const [reason, count] of Object.entries(counts?.retries ?? {}))
      retries.labels({ reason }).set(count);
    refused.set(counts?.retriesRefused ?? 0);
    for (const [outcome, count] of Object.entries(counts?.lostCommits ?? {}))
      lost.labels({ outcome }).set(count);
    for (const { name, meanInUse, utilisation: used, waiting: queued, waitMs } of pools) {
      inUse.labels({ pool: name }).set(meanInUse);
      utilisation.labels({ pool: name }).set(used);
      waiting.labels({ pool: name }).set(queued);
      wait.labels({ pool: name }).set(Number.isFinite(waitMs.mean) ? waitMs.mean / 1000 : 0);
    }
  });
}
