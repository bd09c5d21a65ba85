import type { BoundHistogram, Disposer, Meter } from '@evenkeel/core';
import type { LimiterStatistics } from './limiter-statistics.ts';

/* From a call that hardly waits to one that waits as long as it may. */
const WAIT_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of one limiter: all but the waits are read from its statistics before an export. */
export class LimiterMetrics {
  /** Of calls that had to wait, and were started. */
  readonly waitSeconds: BoundHistogram;
  /** Ends the export. */
  readonly dispose: Disposer;

  constructor(meter: Meter, limiter: string, statistics: () => LimiterStatistics) {
    const labels = { limiter };
    this.waitSeconds = meter
      .histogram('evenkeel_allocator_limiter_wait_seconds', {
        description: 'Time that calls which had to wait waited for their slot.',
        labels: ['limiter'],
        buckets: WAIT_SECONDS,
      })
      .labels(labels);
    const gauge = (name: string, description: string) =>
      meter.gauge(`evenkeel_allocator_limiter_${name}`, { description, labels: ['limiter'] }).labels(labels);
    const limit = gauge('limit', 'Calls that may be in flight.');
    const inFlight = gauge('in_flight', 'Slots that are taken.');
    const queued = gauge('queued', 'Calls that wait for a slot.');
    const hung = gauge('hung', 'Slots held by calls that have been running for longer than hungAfter.');
    const oldest = gauge('oldest_seconds', 'Age of the oldest call in flight.');
    const calls = meter.counter('evenkeel_allocator_limiter_calls_total', {
      description: 'Calls that ended, by outcome: succeeded, dropped, failed.',
      labels: ['limiter', 'outcome'],
    });
    const rejected = meter.counter('evenkeel_allocator_limiter_rejected_total', {
      description: 'Calls not started, by reason: queue_full, queue_timeout, aborted, stopped.',
      labels: ['limiter', 'reason'],
    });
    let seen: LimiterStatistics | undefined;
    this.dispose = meter.onCollect(() => {
      const now = statistics();
      const added = (count: keyof LimiterStatistics) => now[count] - (seen?.[count] ?? 0);
      limit.set(now.limit);
      inFlight.set(now.inFlight);
      queued.set(now.queued);
      hung.set(now.hung);
      oldest.set(now.oldestMs / 1000);
      for (const outcome of ['succeeded', 'dropped', 'failed'] as const) {
        calls.labels({ limiter, outcome }).inc(added(outcome));
      }
      rejected.labels({ limiter, reason: 'queue_full' }).inc(added('queueFull'));
      rejected.labels({ limiter, reason: 'queue_timeout' }).inc(added('queueTimeout'));
      rejected.labels({ limiter, reason: 'aborted' }).inc(added('aborted'));
      rejected.labels({ limiter, reason: 'stopped' }).inc(added('stopped'));
      seen = now;
    });
  }
}
