import type { BoundCounter, BoundGauge, BoundHistogram, HealthStatus, Meter } from '@evenkeel/core';
import { HEALTH_KINDS, type HealthKind } from './check.ts';
import type { HealthSummary } from './health-summary.ts';
import type { FailureReason } from './observation.ts';

/** How a status is written in a gauge. */
export const STATUS_VALUE: Readonly<Record<HealthStatus, number>> = { healthy: 1, warning: 0.5, critical: 0 };

/** The metrics of one check. */
export interface CheckMetrics {
  readonly status: BoundGauge;
  readonly durationSeconds: BoundHistogram;
  readonly late: BoundCounter;
  failures(reason: FailureReason): BoundCounter;
}

/** Defines the metrics of checks and gives those of one check by its name. */
export function defineCheckMetrics(meter: Meter): (check: string) => CheckMetrics {
  const status = meter.gauge('evenkeel_health_check_status', {
    description: 'Status of a check after damping: 1 healthy, 0.5 warning, 0 critical.',
    labels: ['check'],
  });
  const duration = meter.histogram('evenkeel_health_check_duration_seconds', {
    description: 'Time a run of a check took, up to its time-out.',
    labels: ['check'],
  });
  const failures = meter.counter('evenkeel_health_check_failures_total', {
    description: 'Critical results, by reason: critical, error, timeout, invalid, hung.',
    labels: ['check', 'reason'],
  });
  const late = meter.counter('evenkeel_health_check_late_total', {
    description: 'Runs that ended after their time-out.',
    labels: ['check'],
  });
  return (check) => ({
    status: status.labels({ check }),
    durationSeconds: duration.labels({ check }),
    late: late.labels({ check }),
    failures: (reason) => failures.labels({ check, reason }),
  });
}

/** Sets the metrics of the whole before each export. */
export function exportStatus(meter: Meter, summaryOf: (kind: HealthKind) => HealthSummary): void {
  const status = meter.gauge('evenkeel_health_status', {
    description: 'Status by kind: 1 healthy, 0.5 warning or unknown, 0 critical.',
    labels: ['kind'],
  });
  const ok = meter.gauge('evenkeel_health_ok', {
    description: 'Whether a probe of the kind is answered with 200: 1, else 0.',
    labels: ['kind'],
  });
  meter.onCollect(() => {
    for (const kind of HEALTH_KINDS) {
      const summary = summaryOf(kind);
      status.labels({ kind }).set(summary.status === 'unknown' ? 0.5 : STATUS_VALUE[summary.status]);
      ok.labels({ kind }).set(summary.ok ? 1 : 0);
    }
  });
}
