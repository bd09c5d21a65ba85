import type { Message } from '../channels/channel.ts';
import type { Delivery } from '../store/alert-store.ts';

/** A message that is closed and waits to be sent through one channel. Times are monotonic, in ms. */
export interface Parcel {
  /** Of the message and the channel. */
  readonly id: string;
  /** Parcels of one lane are sent in order; `undefined` for those that need not wait for each other. */
  readonly lane: string | undefined;
  readonly message: Message;
  /** Changes of alerts that it carries. */
  readonly changes: number;
  /** In ms since 1970. */
  readonly createdAt: number;
  /** When it is given up. */
  readonly deadlineMs: number;
  /** What must be saved before it is sent was saved, or could not be. */
  isKept: boolean;
  isInFlight: boolean;
  attempts: number;
  dueMs: number;
  /** The wait before the next try. */
  delayMs: number;
  error: string | undefined;
}

export function deliveryId(messageId: string, channel: string): string {
  return `${messageId}/${channel}`;
}

/**
 * A parcel as plain data.
 *
 * @param now in ms since 1970
 * @param nowMs the same instant, monotonic
 */
export function deliveryOf(
  parcel: Parcel,
  channel: string,
  state: Delivery['state'],
  now: number,
  nowMs: number,
): Delivery {
  return {
    id: parcel.id,
    channel,
    message: parcel.message,
    changes: parcel.changes,
    attempts: parcel.attempts,
    dueAt: now + Math.max(0, parcel.dueMs - nowMs),
    state,
    createdAt: parcel.createdAt,
    ...(state === 'pending' ? {} : { settledAt: now }),
    ...(parcel.error === undefined ? {} : { error: parcel.error }),
  };
}
