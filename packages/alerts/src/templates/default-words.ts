import { formatDuration } from '@evenkeel/core';
import type { TrackedAlert } from '../alert-state.ts';
import type { Message } from '../channels/channel.ts';
import { oneLine } from './plain-text.ts';

/** A message that has no words yet. */
export type MessageDraft = Omit<Message, 'subject' | 'text'>;

/* A subject is read in a list of subjects. */
export const MAX_SUBJECT_LENGTH = 200;

const MAX_NAMES = 3;
const MAX_SENTENCE_LENGTH = 1000;
const MAX_LABELS = 20;
const MAX_LABEL_LENGTH = 200;

/** `[CRITICAL] high-response-time: the p95 is 900 ms`, on one line. */
export function defaultSubject(message: MessageDraft): string {
  if (message.kind === 'test') return '[TEST] Messages of this channel arrive';
  if (message.kind === 'report') return '[REPORT] Performance report';
  const { alerts, counts } = message;
  const [alert] = alerts;
  const isOne = counts.firing + counts.resolved === 1 && alert !== undefined;
  const news = isOne
    ? `${alert.name}: ${alert.message}`
    : `${countsInWords(message)}${namesOf(message)}${groupOf(message)}`;
  return oneLine(`[${badgeOf(message)}] ${news}`, MAX_SUBJECT_LENGTH);
}

/** All alerts that are listed, the rest counted. Plain text that reads well in a terminal, a chat and a mail. */
export function defaultText(message: MessageDraft): string {
  if (message.kind === 'test')
    return 'This is a test: messages of this channel arrive. There is nothing to do.';
  if (message.kind === 'report') return 'A performance report.';
  const paragraphs = [
    `${countsInWords(message)}${groupOf(message)}${escalationOf(message)}`,
    ...message.alerts.map(describeAlert),
  ];
  const missing = unlisted(message);
  if (missing > 0) paragraphs.push(`and ${missing} more`);
  return paragraphs.join('\n\n');
}

/** Alerts of the group that the message counts but does not list. */
export function unlisted({ alerts, counts }: Pick<Message, 'alerts' | 'counts'>): number {
  return Math.max(0, counts.firing + counts.resolved - alerts.length);
}

/** `3 alerts firing, 1 resolved`. */
export function countsInWords({ counts }: Pick<Message, 'counts'>): string {
  const alerts = (count: number): string => (count === 1 ? '1 alert' : `${count} alerts`);
  if (counts.firing === 0) return `${alerts(counts.resolved)} resolved`;
  return `${alerts(counts.firing)} firing${counts.resolved > 0 ? `, ${counts.resolved} resolved` : ''}`;
}

/** `CRITICAL`, `WARNING`, `INFO`, or `RESOLVED`. */
export function alertBadge(alert: TrackedAlert): string {
  return alert.state === 'resolved' ? 'RESOLVED' : alert.severity.toUpperCase();
}

/** `route=/checkout, region=eu`; empty where there are none. */
export function describeLabels(labels: Message['groupLabels']): string {
  const entries = Object.entries(labels);
  const shown = entries
    .slice(0, MAX_LABELS)
    .map(([name, value]) => `${oneLine(name, MAX_LABEL_LENGTH)}=${oneLine(value, MAX_LABEL_LENGTH)}`);
  if (entries.length > MAX_LABELS) shown.push(`and ${entries.length - MAX_LABELS} more`);
  return shown.join(', ');
}

/** What else is known of an alert, each fact in few words. */
export function factsOf(alert: TrackedAlert): readonly string[] {
  const facts: string[] = [];
  if (alert.value !== undefined) facts.push(`value ${formatNumber(alert.value)}`);
  if (alert.threshold !== undefined) facts.push(`threshold ${formatNumber(alert.threshold)}`);
  facts.push(`since ${formatTime(alert.since)}`);
  if (alert.resolvedAt !== undefined) {
    const lasted = formatDuration(Math.max(0, alert.resolvedAt - alert.since));
    facts.push(`resolved ${formatTime(alert.resolvedAt)}, after ${lasted}`);
  }
  if (alert.count > 1) facts.push(`raised ${alert.count} times`);
  if (alert.isFlapping) facts.push('flapping');
  if (alert.acknowledgedBy !== undefined)
    facts.push(`acknowledged by ${oneLine(alert.acknowledgedBy, MAX_LABEL_LENGTH)}`);
  return facts;
}

/** What an alert says, on one line. */
export function sentenceOf(alert: TrackedAlert): string {
  return oneLine(alert.message, MAX_SENTENCE_LENGTH);
}

/** `2026-03-01 12:30:05 UTC`; times of alerts come from the outside, and may be no times. */
function formatTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'an unknown time';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Seven digits: what a person compares, without the noise of binary fractions. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function describeAlert(alert: TrackedAlert): string {
  const labels = describeLabels(alert.labels);
  const head = `${alertBadge(alert)} ${oneLine(alert.name, MAX_LABEL_LENGTH)}${labels && ` (${labels})`}`;
  return `${head}\n  ${sentenceOf(alert)}\n  ${factsOf(alert).join('; ')}`;
}

function badgeOf({ kind, severity, level }: MessageDraft): string {
  if (kind === 'resolved') return 'RESOLVED';
  return `${severity.toUpperCase()}${level > 0 ? `, escalation ${level}` : ''}`;
}

/** What it is about: the alerts that fire, where there are any. */
function namesOf({ alerts, counts }: MessageDraft): string {
  const isNews = ({ state }: TrackedAlert): boolean => counts.firing === 0 || state !== 'resolved';
  const listed = alerts.filter(isNews);
  const names = [...new Set(listed.map(({ name }) => name))];
  if (names.length === 0) return '';
  const isAll = names.length <= MAX_NAMES && listed.length >= (counts.firing || counts.resolved);
  return `: ${names.slice(0, MAX_NAMES).join(', ')}${isAll ? '' : ', …'}`;
}

function groupOf({ groupLabels }: MessageDraft): string {
  const labels = describeLabels(groupLabels);
  return labels && ` (${labels})`;
}

function escalationOf({ level }: MessageDraft): string {
  return level > 0 ? `\nNobody has acknowledged this yet: escalation level ${level}.` : '';
}
