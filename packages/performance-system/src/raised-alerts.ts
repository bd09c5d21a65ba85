import type { AlertManager } from '@evenkeel/alerts';
import { type Alert, type Clock, PeriodicTask } from '@evenkeel/core';

/* A component that makes up ids would otherwise grow the list without end; the oldest are not repeated any more. */
const MAX_ALERTS = 1000;

/**
 * What the components say is wrong, until they say that it is over. The manager is told again now and then: what it
 * does not hear of any more, such as from a process that was killed, counts as over after a while.
 */
export class RaisedAlerts {
  readonly #manager: AlertManager;
  readonly #alerts = new Map<string, Alert>();
  readonly #reminder: PeriodicTask;

  /** @param resolveAfterMs after which the manager takes an alert for over */
  constructor(manager: AlertManager, resolveAfterMs: number, clock: Clock) {
    this.#manager = manager;
    this.#reminder = new PeriodicTask(() => this.#remind(), {
      intervalMs: Math.max(1, resolveAfterMs / 3),
      clock,
    });
  }

  raise(alert: Alert): void {
    this.#alerts.delete(alert.id);
    this.#alerts.set(alert.id, alert);
    const [oldest] = this.#alerts.keys();
    if (this.#alerts.size > MAX_ALERTS && oldest !== undefined) this.#alerts.delete(oldest);
    this.#manager.raise(alert);
  }

  /** Says whether it was on. */
  resolve(id: string): boolean {
    this.#alerts.delete(id);
    return this.#manager.resolve(id);
  }

  start(): void {
    this.#reminder.start();
  }

  async stop(): Promise<void> {
    await this.#reminder.stop();
  }

  #remind(): void {
    for (const alert of this.#alerts.values()) this.#manager.raise(alert);
  }
}
