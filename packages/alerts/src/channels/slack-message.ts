import type { TrackedAlert } from '../alert-state.ts';
import {
  alertBadge,
  countsInWords,
  describeLabels,
  factsOf,
  sentenceOf,
} from '../templates/default-words.ts';
import { oneLine, plainText, shorten } from '../templates/plain-text.ts';
import { hasDefaultText } from '../templates/write-message.ts';
import type { Message } from './channel.ts';

/** One element of a message in Slack, as far as it is used here. */
interface SlackBlock {
  readonly type: 'header' | 'section' | 'context';
  readonly text?: SlackText;
  readonly elements?: readonly SlackText[];
}

export type SlackText =
  | { readonly type: 'plain_text'; readonly text: string; readonly emoji: true }
  | { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };

export interface SlackMessage {
  /** What notifications show. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/* https://docs.slack.dev/reference/block-kit/blocks: a header has 150 characters, a section 3000. */
const MAX_HEADER = 150;
const MAX_SECTION = 3000;

/* Of 50 that Slack takes; a screen shows fewer. */
const MAX_SECTIONS = 20;

/* All texts together: Slack refuses somewhat more than 9600 characters, undocumented (slackapi/bolt-js#2867). */
const MAX_TOTAL = 8000;

/* One alert must not take the room of the others. */
const MAX_ALERT = 1500;
const MAX_LABELS = 300;

/** A message in Block Kit, within Slack's limits. Texts of foreign origin link, mention and format nothing. */
export function slackMessage(message: Message): SlackMessage {
  const sections = hasDefaultText(message) ? alertSections(message) : textSections(message.text);
  return {
    text: escapeMrkdwn(oneLine(message.subject, MAX_HEADER)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headerOf(message), emoji: true } },
      ...sections,
    ],
  };
}

/* Shape and word, for those who cannot tell the colours. */
const SIGNS = {
  critical: '🔴',
  warning: '🟡',
  info: '🔵',
  resolved: '✅',
  report: '📈',
  test: '🧪',
} as const;

function headerOf({ kind, severity, subject }: Message): string {
  const sign = SIGNS[kind === 'firing' ? severity : kind];
  return shorten(`${sign} ${oneLine(subject, MAX_HEADER) || kind}`, MAX_HEADER);
}

function alertSections(message: Message): readonly SlackBlock[] {
  const blocks: SlackBlock[] = [];
  let room = MAX_TOTAL;
  for (const alert of message.alerts) {
    const text = cut(describe(alert), MAX_ALERT);
    if (blocks.length === MAX_SECTIONS || text.length > room) break;
    blocks.push(section(text));
    room -= text.length;
  }
  const { counts, groupLabels, level } = message;
  const missing = counts.firing + counts.resolved - blocks.length;
  const facts = [
    missing > 0 ? `and ${missing} more` : '',
    countsInWords(message),
    describeLabels(groupLabels),
  ];
  if (level > 0) facts.push(`escalation level ${level}`);
  const text = cut(escapeMrkdwn(facts.filter((fact) => fact !== '').join(' · ')), MAX_ALERT);
  return [...blocks, { type: 'context', elements: [mrkdwn(text)] }];
}

function describe(alert: TrackedAlert): string {
  const sign = SIGNS[alert.state === 'resolved' ? 'resolved' : alert.severity];
  const labels = describeLabels(alert.labels);
  const lines = [
    `${sign} *${alertBadge(alert)} ${literal(alert.name, MAX_HEADER)}*${labels && ` \`${code(labels)}\``}`,
    literal(sentenceOf(alert), MAX_ALERT),
    `_${literal(factsOf(alert).join(' · '), MAX_ALERT)}_`,
  ];
  return lines.join('\n');
}

/** A text that is longer than a section goes on in the next, divided at the end of a line where there is one. */
function textSections(text: string): readonly SlackBlock[] {
  const blocks: SlackBlock[] = [];
  let rest = cut(escapeMrkdwn(plainText(text, MAX_TOTAL)), MAX_TOTAL).trim();
  while (rest !== '' && blocks.length < MAX_SECTIONS) {
    const end = rest.length <= MAX_SECTION ? rest.length : sectionEnd(rest);
    blocks.push(section(rest.slice(0, end)));
    rest = rest.slice(end).trimStart();
  }
  return blocks;
}

function sectionEnd(text: string): number {
  const end = text.lastIndexOf('\n', MAX_SECTION);
  return end > 0 ? end : wholeEnd(text, MAX_SECTION);
}

/** At most `maxLength` of an escaped text. */
function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, wholeEnd(text, maxLength - 1))}…`;
}

/** The last place up to `end` that is within no entity and no character. */
function wholeEnd(text: string, end: number): number {
  return text.slice(0, end).replace(/&\w{0,3}$|[\uD800-\uDBFF]$/, '').length;
}

function section(text: string): SlackBlock {
  return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: no links, mentions or entities. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/* These format the words between two of them; there is no escape, but a space of no width keeps them from it. */
const FORMATTING = /(?<!\w)[*_~`]|[*_~`](?!\w)/g;

function literal(text: string, maxLength: number): string {
  return escapeMrkdwn(oneLine(text, maxLength)).replaceAll(FORMATTING, '\u200b$&');
}

function code(text: string): string {
  return escapeMrkdwn(shorten(text.replaceAll('`', 'ˋ'), MAX_LABELS));
}
