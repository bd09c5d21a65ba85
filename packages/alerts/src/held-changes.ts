import type { TrackedAlert } from './alert-state.ts';
import type { AlertChange } from './delivery/change.ts';

/** What is to become of an alert that was held. */
export type HeldAlert = AlertChange | { readonly kind: 'kept'; readonly alert: TrackedAlert };

/**
 * Changes of alerts before the store has answered: only then it is known whether people were told of an alert before
 * a restart. The latest of each alert; bounded.
 */
export class HeldChanges {
  readonly #maxAlerts: number;
  readonly #alerts = new Map<string, TrackedAlert>();

  constructor(maxAlerts: number) {
    this.#maxAlerts = maxAlerts;
  }

  /** Says whether there was a place for it. */
  hold(alert: TrackedAlert): boolean {
    if (this.#alerts.size >= this.#maxAlerts && !this.#alerts.has(alert.id)) return false;
    this.#alerts.set(alert.id, alert);
    return true;
  }

  /**
   * Gives what is to be done now, and forgets it.
   * @param wasTold whether people were told of an alert before
   */
  release(wasTold: (id: string) => boolean): readonly HeldAlert[] {
    const held = [...this.#alerts.values()];
    this.#alerts.clear();
    return held.map((alert) => {
      if (alert.state === 'pending') return { kind: 'kept', alert };
      if (alert.state === 'firing') return { kind: wasTold(alert.id) ? 'updated' : 'fired', alert };
      return { kind: wasTold(alert.id) ? 'resolved' : 'kept', alert };
    });
  }
}
