import type { TrackedAlert } from '@evenkeel/alerts';

/* More is not read. */
const MAX_SHOWN = 200;

const SEVERITY_ORDER = { critical: 0, warning: 1, info: 2 } as const;

/** What is wrong now: worst first, then the oldest first. */
export function activeAlerts(alerts: readonly TrackedAlert[]): TrackedAlert[] {
  return alerts
    .filter(({ state }) => state === 'firing')
    .sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || a.since - b.since)
    .slice(0, MAX_SHOWN);
}
