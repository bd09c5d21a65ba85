import type { Severity } from '@evenkeel/core';
import type { TrackedAlert } from './alert-state.ts';
import type { NotifierStats } from './delivery/notifier-interface.ts';
import type { AlertEngine } from './engine/alert-engine.ts';

/** What `AlertManager` has done and holds. */
export interface AlertStats {
  /** Alerts that fire, by severity. */
  readonly firing: Readonly<Record<Severity, number>>;
  readonly pending: number;
  /** Of those that fire. */
  readonly silenced: number;
  readonly flapping: number;
  readonly acknowledged: number;
  /** Silences in force. */
  readonly silences: number;
  /** Label sets that rules remember. */
  readonly series: number;
  /** Observations of label sets that found no place. */
  readonly droppedObservations: number;
  /** Observations that were NaN or infinite. */
  readonly ignoredObservations: number;
  /** Alerts that found no place. */
  readonly refused: number;
  /** Alerts that began to fire, and that were resolved, since the manager was made. */
  readonly fired: number;
  readonly resolved: number;
  /** In changes of alerts × channels. */
  readonly delivery: NotifierStats;
}

export function alertStats(
  engine: AlertEngine,
  counts: Pick<AlertStats, 'fired' | 'resolved' | 'delivery'>,
): AlertStats {
  const alerts = engine.alerts();
  const firing = alerts.filter(({ state }) => state === 'firing');
  const count = (holds: (alert: TrackedAlert) => boolean): number => firing.filter(holds).length;
  return {
    firing: {
      info: count(({ severity }) => severity === 'info'),
      warning: count(({ severity }) => severity === 'warning'),
      critical: count(({ severity }) => severity === 'critical'),
    },
    pending: alerts.length - firing.length,
    silenced: count(({ silencedBy }) => silencedBy.length > 0),
    flapping: count(({ isFlapping }) => isFlapping),
    acknowledged: count(({ acknowledgedBy }) => acknowledgedBy !== undefined),
    silences: engine.silences().length,
    series: engine.series.taken,
    droppedObservations: engine.series.dropped,
    ignoredObservations: engine.ignored,
    refused: engine.refused,
    ...counts,
  };
}
