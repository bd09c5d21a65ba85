import type { TrackedAlert } from '../alert-state.ts';
import type { Delivery, StoredState } from '../store/alert-store.ts';

/** What the delivery tells its host. What these functions throw is not caught: they are the host's own. */
export interface NotifierEvents {
  /** The receiver has taken a message. */
  sent(delivery: Delivery): void;
  /** A try has failed; another follows. */
  failed(delivery: Delivery): void;
  /** A message was given up. */
  dead(delivery: Delivery): void;
  /** Nobody has acknowledged an alert for so long that the next level is told. */
  escalated(alert: TrackedAlert, level: number): void;
  /** A store that failed at the start has answered after all. @defaultValue nobody is told */
  restored?(state: Pick<StoredState, 'alerts' | 'silences'>): void;
  /** A failure that belongs to nobody's call: of the store, of a template, of closing a channel. */
  error(source: string, thrown: unknown): void;
}

export const silentEvents: NotifierEvents = {
  sent() {},
  failed() {},
  dead() {},
  escalated() {},
  error() {},
};
