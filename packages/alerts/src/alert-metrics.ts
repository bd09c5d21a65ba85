import type { BoundCounter, Meter } from '@evenkeel/core';
import type { AlertStats } from './alert-stats.ts';
import { SEVERITIES } from './rules/rule-kind.ts';

/** What the manager counts as it happens. */
export interface AlertMetrics {
  fired(severity: string): void;
  readonly resolved: BoundCounter;
  readonly flapping: BoundCounter;
}

/** @param statsOf asked before each export */
export function defineAlertMetrics(meter: Meter, statsOf: () => AlertStats): AlertMetrics {
  const fired = meter.counter('evenkeel_alerts_fired_total', {
    description: 'Alerts that began to fire, by severity.',
    labels: ['severity'],
  });
  const active = meter.gauge('evenkeel_alerts_active', {
    description: 'Alerts that fire, by severity.',
    labels: ['severity'],
  });
  const silences = meter.gauge('evenkeel_alerts_silences', { description: 'Silences in force.' });
  const series = meter.gauge('evenkeel_alerts_series', { description: 'Label sets that rules remember.' });
  const dropped = totalOf(
    meter.counter('evenkeel_alerts_series_dropped_total', {
      description: 'Observations of label sets that found no place.',
    }),
  );
  const refused = totalOf(
    meter.counter('evenkeel_alerts_refused_total', { description: 'Alerts that found no place.' }),
  );
  meter.onCollect(() => {
    const stats = statsOf();
    for (const severity of SEVERITIES) active.labels({ severity }).set(stats.firing[severity]);
    silences.set(stats.silences);
    series.set(stats.series);
    dropped(stats.droppedObservations);
    refused(stats.refused);
  });
  return {
    fired: (severity) => fired.labels({ severity }).inc(),
    resolved: meter.counter('evenkeel_alerts_resolved_total', { description: 'Alerts that were resolved.' }),
    flapping: meter.counter('evenkeel_alerts_flapping_total', {
      description: 'How often an alert began to flap.',
    }),
  };
}

/** Brings a counter up to a total that is counted elsewhere. */
function totalOf(counter: BoundCounter): (total: number) => void {
  let told = 0;
  return (total) => {
    counter.inc(total - told);
    told = total;
  };
}
