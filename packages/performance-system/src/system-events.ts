import type { Alert } from '@evenkeel/core';
import type { HealthEvents } from '@evenkeel/health';
import type { MetricsEvents } from '@evenkeel/metrics-exporter';

/** What a `PerformanceSystem` emits, besides `error`. */
export interface SystemEvents {
  /** The components are wired; nothing runs yet. */
  initialized: { readonly components: readonly string[] };
  /** All components that could be started run. */
  started: { readonly components: readonly string[]; readonly failed: readonly string[] };
  stopped: { readonly uptimeMs: number };
  /** A component could not be started or stopped; the others go on. */
  component_failed: { readonly name: string; readonly error: Error };
  /** An alert is on; again when its severity changes. */
  alert: Alert;
  alert_resolved: { readonly id: string };
  health_changed: HealthEvents['health_changed'];
  /** Every recording of every metric; recording is slower while somebody listens to this or to `*`. */
  metric_recorded: MetricsEvents['metric_recorded'];
}
