import type { Clock } from '@evenkeel/core';
import type { PerformanceSystem } from '../performance-system.ts';

/* Alerts that come together have one cause, and the last minutes are the same for all of them. */
const DUMP_EVERY_MS = 60_000;

/**
 * Has the logger record what the components tell of, so that a report can say what happened when; and has the last
 * minutes put aside when an alert is critical.
 *
 * @param isDumping whether there is a place for them
 */
export function recordEvents(
  system: Pick<PerformanceSystem, 'getComponent' | 'on'>,
  clock: Clock,
  isDumping: boolean,
): void {
  const logger = system.getComponent('logger');
  const record = (type: string) => (data: object) => logger.record(type, data);
  let dumpedMs = Number.NEGATIVE_INFINITY;
  system.on('alert', ({ id, name, severity, message, value, threshold, labels }) => {
    logger.record('alert', { id, name, severity, message, value, threshold, labels });
    if (!isDumping || severity !== 'critical' || clock.monotonic() - dumpedMs < DUMP_EVERY_MS) return;
    dumpedMs = clock.monotonic();
    // The listener's failure is told as the system's `error`.
    return logger.dump({ reason: message });
  });
  system.on('alert_resolved', record('alert_resolved'));
  system.on('health_changed', ({ from, to, checks }) =>
    logger.record('health_changed', { from, to, checks }),
  );
  const allocator = system.getComponent('allocator');
  allocator.on('resource-manager:mode-changed', record('mode_changed'));
  allocator.on('resource-manager:pressure', record('pressure'));
  allocator.on('resource-manager:component-paused', record('component_paused'));
  allocator.on('resource-manager:component-reduced', record('component_reduced'));
  allocator.on('resource-manager:component-resumed', record('component_resumed'));
  system.getComponent('loadBalancer').on('server_changed', record('server_changed'));
}
