import type { TrackedAlert } from '../alert-state.ts';

/** An alert has begun to fire, is still firing with other values, or is resolved: what the engine tells the delivery. */
export interface AlertChange {
  readonly kind: 'fired' | 'updated' | 'resolved';
  /** As it is now. */
  readonly alert: TrackedAlert;
}
