import type {
  BoundCounter,
  BoundGauge,
  BoundHistogram,
  Counter,
  Gauge,
  Histogram,
  Meter,
} from '@evenkeel/core';
import type { Figures } from './summary/performance-summary.ts';

/** Why a recording was not kept as it came. */
export type LossReason = 'duration' | 'timer' | 'endpoint' | 'operation';

/** The metrics of the monitor, all of them; the README lists them. */
export class MonitorMetrics {
  readonly succeeded: BoundHistogram;
  readonly failed: BoundHistogram;
  readonly operations: Histogram<'operation'>;
  readonly collectorErrors: Counter<'collector'>;
  readonly collectSeconds: BoundHistogram;
  readonly #losses: Readonly<Record<LossReason, BoundCounter>>;
  readonly #alerts: Gauge<'severity'>;
  readonly #score: BoundGauge;
  readonly #overhead: BoundGauge;

  constructor(meter: Meter) {
    const requests = meter.histogram('evenkeel_monitor_request_duration_seconds', {
      description: 'Time that requests took.',
      labels: ['outcome'],
    });
    this.succeeded = requests.labels({ outcome: 'success' });
    this.failed = requests.labels({ outcome: 'failure' });
    this.operations = meter.histogram('evenkeel_monitor_operation_duration_seconds', {
      description: 'Time that timed operations took.',
      labels: ['operation'],
    });
    this.collectorErrors = meter.counter('evenkeel_monitor_collector_errors_total', {
      description: 'Readings of collectors that failed, timed out or were left out because one hangs.',
      labels: ['collector'],
    });
    this.collectSeconds = meter.histogram('evenkeel_monitor_collect_duration_seconds', {
      description: 'Time from the beginning of a gathering to its snapshot.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    });
    const losses = meter.counter('evenkeel_monitor_losses_total', {
      description: 'Recordings rejected, timers given up, and recordings under names past their bound.',
      labels: ['reason'],
    });
    this.#losses = {
      duration: losses.labels({ reason: 'duration' }),
      timer: losses.labels({ reason: 'timer' }),
      endpoint: losses.labels({ reason: 'endpoint' }),
      operation: losses.labels({ reason: 'operation' }),
    };
    this.#alerts = meter.gauge('evenkeel_monitor_alerts', {
      description: 'Alerts that are active.',
      labels: ['severity'],
    });
    this.#score = meter.gauge('evenkeel_monitor_score', { description: 'Score from 0 to 100.' });
    this.#overhead = meter.gauge('evenkeel_monitor_overhead_ratio', {
      description: "The monitor's own time to the time that passed.",
    });
  }

  lost(reason: LossReason, count = 1): void {
    if (count > 0) this.#losses[reason].inc(count);
  }

  show({ score, overhead }: Figures, alerts: readonly { readonly severity: string }[]): void {
    this.#score.set(score);
    this.#overhead.set(overhead.ratio);
    for (const severity of ['warning', 'critical']) {
      this.#alerts.labels({ severity }).set(alerts.filter((alert) => alert.severity === severity).length);
    }
  }
}
