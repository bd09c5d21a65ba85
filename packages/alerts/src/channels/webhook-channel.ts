import { type Clock, type Duration, option, systemClock } from '@evenkeel/core';
import type { Channel, Message } from './channel.ts';
import { HttpTarget } from './http-target.ts';
import { httpHeaders, httpUrl, readPrivateOptions } from './private-options.ts';
import { webhookBody } from './webhook-body.ts';
import { webhookHeaders, webhookSecret } from './webhook-signature.ts';

/** Options of {@link webhookChannel}. */
export interface WebhookChannelOptions {
  /** Where messages are posted to. User and password in it become an `Authorization` header. */
  readonly url: string | URL;
  /**
   * Signs messages as Standard Webhooks has it, for {@link verifyWebhook} and any library of the standard. Several:
   * each signs, while receivers change from one to the next. @defaultValue none: messages are not signed
   */
  readonly secret?: string | readonly string[];
  /** Sent along with each message. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue 'webhook' */
  readonly name?: string;
  /** How long the receiver may take to answer, in ms. @defaultValue '10s' */
  readonly timeout?: Duration;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * Posts each message as JSON: a {@link WebhookBody}. Receivers answer 2xx for a message that they have taken, and tell
 * repetitions by the header `webhook-id`.
 *
 * @throws ConfigurationError for bad options; it does not show what was given for URL, secret and headers
 */
export function webhookChannel(options: WebhookChannelOptions): Channel {
  return new WebhookChannel(options);
}

class WebhookChannel implements Channel {
  readonly name: string;
  readonly kind = 'webhook';
  readonly description: string;
  readonly #target: HttpTarget;
  readonly #keys: readonly Uint8Array[];
  readonly #clock: Clock;

  constructor(options: WebhookChannelOptions) {
    const { url, secret, headers, name, timeout, clock } = readPrivateOptions(
      'webhookChannel',
      options,
      {
        url: httpUrl(),
        secret: webhookSecret().default([]),
        headers: httpHeaders().default({}),
        name: option.string().default('webhook'),
        timeout: option.duration({ min: 1 }).default(10_000),
        clock: option.withMethods<Clock>('now', 'setTimeout').default(systemClock),
      },
      ['url', 'secret', 'headers'],
    );
    this.name = name;
    this.#keys = secret;
    this.#clock = clock;
    const secrets = [options.secret ?? []].flat().flatMap((each) => [each, each.replace(/^whsec_/, '')]);
    this.#target = new HttpTarget({ url, headers, secrets, timeoutMs: timeout, clock });
    this.description = this.#target.description;
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const body = webhookBody(message);
    await this.#target.post(body, signal, {
      ...webhookHeaders(this.#keys, message.id, this.#clock.now(), body),
    });
  }
}
