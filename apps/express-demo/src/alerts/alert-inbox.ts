import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Channel, verifyWebhook, webhookChannel } from '@evenkeel/alerts';

/** A message as a person would see it. */
export interface ReceivedMessage {
  readonly id: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly kind: string;
  readonly severity: string;
  readonly subject: string;
  readonly text: string;
}

/* What a visitor looks through. */
const MAX_MESSAGES = 20;

/**
 * Stands for the chat or pager that alerts go to elsewhere: takes them by webhook, over HTTP, and believes only those
 * whose signature is right.
 */
export class AlertInbox {
  readonly #secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly #messages: ReceivedMessage[] = [];

  /** What brings messages here. @param address of this service */
  channel(address: string): Channel {
    return webhookChannel({ name: 'inbox', url: new URL('/alerts/inbox', address), secret: this.#secret });
  }

  /** @throws EvenkeelError `WEBHOOK_SIGNATURE` for a message that is not ours */
  receive(headers: IncomingHttpHeaders, body: Uint8Array): void {
    const { data } = verifyWebhook({ secret: this.#secret, headers, body });
    // It may come again where its answer was lost.
    if (this.#messages.some(({ id }) => id === data.id)) return;
    const { id, kind, severity, subject, text } = data;
    this.#messages.unshift({ id, receivedAt: Date.now(), kind, severity, subject, text });
    this.#messages.length = Math.min(this.#messages.length, MAX_MESSAGES);
  }

  /** The latest first. */
  get messages(): readonly ReceivedMessage[] {
    return this.#messages;
  }
}
