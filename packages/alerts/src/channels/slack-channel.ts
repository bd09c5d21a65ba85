import { type Clock, type Duration, option, systemClock } from '@evenkeel/core';
import type { Channel, Message } from './channel.ts';
import { HttpTarget } from './http-target.ts';
import { httpUrl, readPrivateOptions } from './private-options.ts';
import { slackMessage } from './slack-message.ts';

/** Options of {@link slackChannel}. */
export interface SlackChannelOptions {
  /** Of an incoming webhook. A secret: whoever has it can write there. */
  readonly webhookUrl: string | URL;
  /** Overrides where the webhook leads, `#ops`; Slack heeds it for old webhooks only. @defaultValue the webhook's */
  readonly channel?: string;
  /** @defaultValue 'slack' */
  readonly name?: string;
  /** How long Slack may take to answer, in ms. @defaultValue '10s' */
  readonly timeout?: Duration;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * Writes messages in Slack, or whatever takes its incoming webhooks (Mattermost, Rocket.Chat).
 *
 * @throws ConfigurationError for bad options; it does not show the URL
 */
export function slackChannel(options: SlackChannelOptions): Channel {
  return new SlackChannel(options);
}

class SlackChannel implements Channel {
  readonly name: string;
  readonly kind = 'slack';
  readonly description: string;
  readonly #target: HttpTarget;
  readonly #channel: string | undefined;

  constructor(options: SlackChannelOptions) {
    const { webhookUrl, channel, name, timeout, clock } = readPrivateOptions(
      'slackChannel',
      options,
      {
        webhookUrl: httpUrl(),
        channel: option.string().optional(),
        name: option.string().default('slack'),
        timeout: option.duration({ min: 1 }).default(10_000),
        clock: option.withMethods<Clock>('now', 'setTimeout').default(systemClock),
      },
      ['webhookUrl'],
    );
    this.name = name;
    this.#channel = channel;
    this.#target = new HttpTarget({ url: webhookUrl, headers: {}, timeoutMs: timeout, clock });
    this.description =
      channel === undefined ? this.#target.description : `${channel} of ${this.#target.description}`;
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const channel = this.#channel === undefined ? {} : { channel: this.#channel };
    await this.#target.post(JSON.stringify({ ...channel, ...slackMessage(message) }), signal);
  }
}
