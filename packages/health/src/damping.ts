import type { HealthStatus } from '@evenkeel/core';
import type { KnownStatus } from './check.ts';

/** How bad a status is, for comparisons. */
export const SEVERITY: Readonly<Record<HealthStatus, number>> = { healthy: 0, warning: 1, critical: 2 };

const BY_SEVERITY = ['healthy', 'warning', 'critical'] as const;

/** How many results in a row it takes to move a status. */
export interface DampingThresholds {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/**
 * Hysteresis against flapping. The first result counts at once: there is nothing yet to hold on to. After that
 * the status worsens to what each of the last `failureThreshold` results was at least, and improves to what
 * each of the last `successThreshold` results was at most.
 *
 * @param current the status so far
 * @param recent the results, oldest first, the new one last; as many as the larger threshold suffice
 */
export function damp(
  current: KnownStatus,
  recent: readonly HealthStatus[],
  { failureThreshold, successThreshold }: DampingThresholds,
): KnownStatus {
  const last = recent.at(-1);
  if (last === undefined) return current;
  if (current === 'unknown') return last;
  const severities = recent.map((status) => SEVERITY[status]);
  if (severities.length >= failureThreshold) {
    const worst = Math.min(...severities.slice(-failureThreshold));
    if (worst > SEVERITY[current]) return BY_SEVERITY[worst] ?? current;
  }
  if (severities.length >= successThreshold) {
    const best = Math.max(...severities.slice(-successThreshold));
    if (best < SEVERITY[current]) return BY_SEVERITY[best] ?? current;
  }
  return current;
}
