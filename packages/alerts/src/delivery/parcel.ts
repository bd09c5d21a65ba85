import { MAX_ALERTS_IN_MESSAGE, type Message } from '../channels/channel.ts';
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
 * A stored delivery as those that can be sent. One that was kept while its message was still gathered, for a channel that
 * wants the state of each alert, may list more of them than a message has.
 */
export function partsOf(delivery: Delivery): readonly Delivery[] {
  const { message, changes, channel, createdAt } = delivery;
  const count = Math.ceil(message.alerts.length / MAX_ALERTS_IN_MESSAGE);
  if (count <= 1) return [delivery];
  const changesBefore = (part: number): number => Math.floor((changes * part) / count);
  return Array.from({ length: count }, (_, part): Delivery => {
    const id = part === 0 ? message.id : `${message.id}.${part}`;
    const alerts = message.alerts.slice(part * MAX_ALERTS_IN_MESSAGE, (part + 1) * MAX_ALERTS_IN_MESSAGE);
    const firing = alerts.filter(({ state }) => state === 'firing').length;
    const kind = firing > 0 ? 'firing' : 'resolved';
    const counts = { firing, resolved: alerts.length - firing };
    return {
      ...delivery,
      id: deliveryId(id, channel),
      message: { ...message, id, kind, alerts, counts },
      changes: changesBefore(part + 1) - changesBefore(part),
      createdAt: createdAt + part,
    };
  });
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
