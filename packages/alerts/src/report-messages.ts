import {
  ConfigurationError,
  option,
  readOptions,
  readValue,
  StateError,
  UnknownNameError,
} from '@evenkeel/core';
import type { Channel, Message } from './channels/channel.ts';
import { cutText } from './labels/labels.ts';
import { SEVERITIES } from './rules/rule-kind.ts';

/** A report for people, as `deliverReport` takes it. */
export interface ReportMessage {
  readonly subject: string;
  /** Markdown that reads well as plain text. */
  readonly text: string;
  /** One whole page. */
  readonly html: string;
  readonly severity: 'info' | 'warning' | 'critical';
}

/** A message and where it goes. */
export interface AddressedMessage {
  readonly message: Message;
  readonly channels: readonly string[];
}

const OWNER = 'AlertManager.deliverReport';
const MAX_SUBJECT = 500;
const MAX_RECIPIENTS = 1000;

/**
 * Finds out where a report goes: names of channels go there, addresses of mail to the first channel of kind `email`;
 * without any recipient it goes to all channels that take reports.
 *
 * @throws ConfigurationError, UnknownNameError for who is neither, StateError where no channel takes it
 */
export function addressReport(
  report: ReportMessage,
  recipients: readonly string[],
  channels: readonly Channel[],
  createdAt: number,
): readonly AddressedMessage[] {
  const { subject, text, html, severity } = readOptions<ReportMessage>(OWNER, report, {
    subject: option.string(),
    text: option.string(),
    html: option.string(),
    severity: option.oneOf(SEVERITIES),
  });
  const names = [...new Set(readValue(OWNER, 'recipients', recipients, option.listOf(option.string())))];
  if (names.length > MAX_RECIPIENTS) {
    const expected = `a list of at most ${MAX_RECIPIENTS}`;
    throw new ConfigurationError(OWNER, [{ path: 'recipients', value: names.length, expected }]);
  }
  const messageFor = (to: readonly string[] | undefined): Message => ({
    id: globalThis.crypto.randomUUID(),
    kind: 'report',
    createdAt,
    severity,
    groupLabels: {},
    alerts: [],
    counts: { firing: 0, resolved: 0 },
    level: 0,
    subject: cutText(subject.replaceAll(/[\r\n]+/g, ' '), MAX_SUBJECT),
    text,
    html,
    ...(to && { recipients: to }),
  });
  const takers = channels.filter(({ takesReports = true }) => takesReports);
  if (names.length === 0) {
    if (takers.length === 0) throw new StateError('there is no channel that takes reports; add one first');
    return [{ message: messageFor(undefined), channels: takers.map(({ name }) => name) }];
  }
  const named = names.filter((name) => channels.some((channel) => channel.name === name));
  const deaf = named.find((name) => !takers.some((channel) => channel.name === name));
  if (deaf !== undefined) throw new StateError(`channel ${JSON.stringify(deaf)} takes no reports`);
  const addresses = names.filter((name) => !named.includes(name));
  const mail = takers.find(({ kind }) => kind === 'email');
  const unknown = addresses.find((address) => !mail || !address.includes('@'));
  if (unknown !== undefined)
    throw new UnknownNameError(
      'channel',
      unknown,
      channels.map(({ name }) => name),
    );
  return [
    ...(named.length > 0 ? [{ message: messageFor(undefined), channels: named }] : []),
    ...(mail && addresses.length > 0 ? [{ message: messageFor(addresses), channels: [mail.name] }] : []),
  ];
}
