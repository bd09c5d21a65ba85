import type { Alert } from '@evenkeel/core';

/* A component that makes up ids would otherwise grow the list without end; the oldest give way. */
const MAX_ALERTS = 200;

/** The alerts that are on, by id; raising one again replaces it and keeps since when it is on. */
export class ActiveAlerts {
  readonly #alerts = new Map<string, Alert>();

  raise(alert: Alert): void {
    const since = this.#alerts.get(alert.id)?.since ?? alert.since;
    this.#alerts.set(alert.id, { ...alert, since });
    const [oldest] = this.#alerts.keys();
    if (this.#alerts.size > MAX_ALERTS && oldest !== undefined) this.#alerts.delete(oldest);
  }

  /** Says whether the alert was on. */
  resolve(id: string): boolean {
    return this.#alerts.delete(id);
  }

  /** Worst first, then the oldest first. */
  list(): Alert[] {
    return [...this.#alerts.values()].sort(
      (a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || a.since - b.since,
    );
  }
}

const SEVERITY_ORDER = { critical: 0, warning: 1, info: 2 } as const;
