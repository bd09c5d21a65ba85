import type { BoundHistogram, Disposer, Meter } from '@evenkeel/core';
import type { AdaptivePoolStatistics } from './adaptive-pool.ts';

/* From at once to the usual time-out. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const OUTCOMES = [
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['aborted', 'aborted'],
  ['queueFull', 'queue_full'],
  ['queueTimeout', 'queue_timeout'],
  ['stopped', 'stopped'],
] as const;

/** The metrics of one adaptive pool: all but the waits are read from its statistics before an export. */
export class AdaptivePoolMetrics {
  readonly waitSeconds: BoundHistogram;
  readonly #dispose: Disposer;

  constructor(meter: Meter, pool: string, statistics: () => AdaptivePoolStatistics) {
    const own = { pool };
    const prefix = 'evenkeel_db_optimizer_adaptive_pool_';
    const gauge = (name: string, description: string) =>
      meter.gauge(`${prefix}${name}`, { description, labels: ['pool'] }).labels(own);
    this.waitSeconds = meter
      .histogram(`${prefix}wait_seconds`, {
        description: 'Time from a call to its connection.',
        labels: ['pool'],
        buckets: SECONDS,
      })
      .labels(own);
    const limit = gauge('limit', 'Connections that may be in use at once.');
    const inUse = gauge('in_use', 'Connections in use.');
    const waiting = gauge('waiting', 'Calls that wait for a connection.');
    const calls = meter.counter<'pool' | 'outcome'>(`${prefix}calls_total`, {
      description: 'Calls that have ended, by outcome.',
      labels: ['pool', 'outcome'],
    });
    const outcomes = OUTCOMES.map(([key, outcome]) => ({
      key,
      counter: calls.labels({ pool, outcome }),
      seen: 0,
    }));
    this.#dispose = meter.onCollect(() => {
      const now = statistics();
      limit.set(now.limit);
      inUse.set(now.inUse);
      waiting.set(now.waiting);
      for (const each of outcomes) {
        each.counter.inc(now[each.key] - each.seen);
        each.seen = now[each.key];
      }
    });
  }

  /** Ends the export. */
  dispose(): void {
    this.#dispose();
  }
}
