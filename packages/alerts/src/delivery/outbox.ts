import type { Clock } from '@evenkeel/core';
import type { Message } from '../channels/channel.ts';
import type { Delivery } from '../store/alert-store.ts';
import type { StoreWriter } from '../store/store-writer.ts';
import type { MessageDraft } from '../templates/default-words.ts';
import { deliveryId, deliveryOf, type Parcel } from './parcel.ts';
import type { Thread } from './thread.ts';

export interface OutboxOptions {
  readonly channel: string;
  readonly clock: Clock;
  readonly writer: StoreWriter;
  readonly write: (draft: MessageDraft) => Message;
  readonly deadlineMs: number;
}

/** Makes the parcels of one channel, and sees that the store has them as they are. */
export class Outbox {
  readonly #options: OutboxOptions;
  /* When the latest parcel was made: what comes after is later, also within one millisecond. */
  #createdAt = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** A parcel that is due now; not kept yet. */
  parcel(message: Message, changes: number, lane?: string): Parcel {
    const { channel, clock, deadlineMs } = this.#options;
    const nowMs = clock.monotonic();
    return {
      id: deliveryId(message.id, channel),
      lane,
      message,
      changes,
      createdAt: this.#laterNow(),
      deadlineMs: nowMs + deadlineMs,
      isKept: false,
      isInFlight: false,
      attempts: 0,
      dueMs: nowMs,
      delayMs: 0,
      error: undefined,
    };
  }

  /** Closes the message of a thread. `undefined` where there is nothing to tell. */
  seal(thread: Thread): Parcel | undefined {
    const sealed = thread.seal(this.#options.clock.monotonic(), this.#laterNow());
    if (!sealed) return undefined;
    const parcel = this.parcel(this.#options.write(sealed.draft), sealed.changes, thread.lane);
    this.#createdAt = parcel.createdAt;
    this.keep(parcel);
    // What did not fit goes on with the next message.
    if (thread.hasNews) this.keepThread(thread);
    return parcel;
  }

  keep(parcel: Parcel): void {
    const delivery = this.deliveryOf(parcel, 'pending');
    this.#options.writer.putDelivery(delivery.id, () => delivery);
  }

  /** Keeps the message that a thread gathers, as it would be sent now: after a crash it is sent like this. */
  keepThread(thread: Thread): void {
    const { channel, writer, write } = this.#options;
    writer.putDelivery(deliveryId(thread.messageId, channel), () => {
      const { draft, changes } = thread.compose(this.#laterNow());
      const parcel = { ...this.parcel(write(draft), changes, thread.lane), dueMs: thread.dueMs() };
      // Where all of its news were silenced meanwhile, there is nothing left to send.
      return this.deliveryOf(parcel, thread.hasNews ? 'pending' : 'sent');
    });
  }

  /** Keeps how it ended. */
  settle(parcel: Parcel, state: 'sent' | 'dead'): Delivery {
    const delivery = this.deliveryOf(parcel, state);
    this.#options.writer.putDelivery(delivery.id, () => delivery);
    return delivery;
  }

  deliveryOf(parcel: Parcel, state: Delivery['state']): Delivery {
    const { channel, clock } = this.#options;
    return deliveryOf(parcel, channel, state, clock.now(), clock.monotonic());
  }

  #laterNow(): number {
    return Math.max(this.#options.clock.now(), this.#createdAt + 1);
  }
}
