import type { TrackedAlert } from './alert-state.ts';
import type { Silence } from './silences/silence.ts';
import type { Delivery } from './store/alert-store.ts';

/** What `AlertManager` emits, besides `error`. */
export interface AlertEvents {
  /** An alert has begun to fire, whether it is silenced or not. */
  alert: TrackedAlert;
  /** The condition of a rule holds, but not for long enough yet. */
  alert_pending: TrackedAlert;
  /** A firing alert is told with another severity, other values, or another state of silence. */
  alert_updated: TrackedAlert;
  alert_resolved: TrackedAlert;
  alert_acknowledged: TrackedAlert;
  /** It changes so often that nothing more is told of it until it has calmed down. */
  alert_flapping: TrackedAlert;
  silenced: Silence;
  /** A silence was taken back, or is over. */
  unsilenced: Silence;
  /** A receiver has taken a message. */
  delivered: Delivery;
  /** A try has failed; another follows. */
  delivery_failed: Delivery;
  /** A message was given up. */
  dead_letter: Delivery;
  /** Nobody has acknowledged an alert, and the next level is told. */
  escalated: { readonly alert: TrackedAlert; readonly level: number };
}
