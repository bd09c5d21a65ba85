import { option, readOptions } from '@evenkeel/core';
import { plainText } from '../templates/plain-text.ts';
import type { Channel, Message } from './channel.ts';

/** Options of {@link consoleChannel}. */
export interface ConsoleChannelOptions {
  /** @defaultValue 'console' */
  readonly name?: string;
  /** Takes each message, of several lines. @defaultValue `console.error` for critical ones, `warn`, `info` for the rest */
  readonly write?: (text: string, message: Message) => unknown;
}

/* All that 50 alerts say; a report's text may be longer. */
const MAX_LENGTH = 200_000;

/**
 * Writes subject and text of each message, without whatever could steer a terminal.
 *
 * @throws ConfigurationError for bad options
 */
export function consoleChannel(options: ConsoleChannelOptions = {}): Channel {
  const { name, write } = readOptions('consoleChannel', options, {
    name: option.string().default('console'),
    write: option.callback<NonNullable<ConsoleChannelOptions['write']>>().default(print),
  });
  return {
    name,
    kind: 'console',
    description: 'the console of this process',
    async send(message) {
      await write(plainText(`${message.subject}\n${message.text}`, MAX_LENGTH), message);
    },
  };
}

function print(text: string, { kind, severity }: Message): void {
  const method =
    kind !== 'firing' || severity === 'info' ? 'info' : severity === 'critical' ? 'error' : 'warn';
  // biome-ignore lint/suspicious/noConsole: this is what the channel is for
  console[method](text);
}
