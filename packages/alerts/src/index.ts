export type { AlertInput, AlertState, Labels, TrackedAlert } from './alert-state.ts';
export {
  type Channel,
  DeliveryError,
  type DeliveryErrorOptions,
  MAX_ALERTS_IN_MESSAGE,
  type Message,
} from './channels/channel.ts';
export type { AlertHistoryQuery, AlertStore, Delivery } from './store/alert-store.ts';
