import type { Labels, TrackedAlert } from '../alert-state.ts';
import { alertId } from '../labels/labels.ts';
import { formatNumber, sentenceOf } from '../templates/default-words.ts';
import { oneLine } from '../templates/plain-text.ts';
import type { Message } from './channel.ts';

/** An alert as Alertmanager's API takes it (`postableAlert`). */
export interface AlertmanagerAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
}

/* Alertmanager takes any length; but what is longer tells nobody more, and each is kept in its memory. */
const MAX_VALUE_LENGTH = 1000;

const TEST_MS = 60_000;

/**
 * What a message says, as the state of its alerts. A firing alert ends by itself `holdMs` after it was last told of:
 * that is how Alertmanager learns that its sender is gone.
 */
export function alertmanagerAlerts(
  message: Message,
  now: number,
  holdMs: number,
): readonly AlertmanagerAlert[] {
  if (message.kind === 'test') return [testAlert(message, now)];
  return message.alerts.map((alert) => {
    const startsAt = within(alert.firedAt ?? alert.since);
    const endsAt = alert.state === 'resolved' ? within(alert.resolvedAt ?? now) : now + holdMs;
    return {
      labels: labelsOf(alert),
      annotations: annotationsOf(alert),
      startsAt: timestamp(startsAt),
      // It refuses what ends before it starts, which a clock that was set back may bring about.
      endsAt: timestamp(Math.max(startsAt, endsAt)),
    };
  });
}

function labelsOf(alert: TrackedAlert): Labels {
  const own: [string, string][] = [
    ['alertname', alert.name],
    ['severity', alert.severity],
  ];
  // Alertmanager knows an alert by its labels alone.
  if (alert.id !== alertId(alert.name, alert.labels)) own.push(['alert_id', alert.id]);
  const labels = new Map(own);
  for (const [name, value] of Object.entries(alert.labels).sort(byName))
    labels.set(freeName(name, labels), value);
  return Object.fromEntries(
    [...labels]
      .map(([name, value]) => [name, oneLine(value, MAX_VALUE_LENGTH)])
      .filter(([, value]) => value !== ''),
  );
}

/* The characters that every version takes (before 0.27, no others): https://prometheus.io/docs/concepts/data_model */
const FORBIDDEN = /[^a-zA-Z0-9_]/g;

/** A valid label name that is not taken: as Prometheus has it, `exported_` in front where it is. */
function freeName(name: string, taken: ReadonlyMap<string, string>): string {
  const valid = name
    .replaceAll(FORBIDDEN, '_')
    .replace(/^(?=\d|$|__)/, 'label_')
    .slice(0, MAX_VALUE_LENGTH);
  let free = valid;
  while (taken.has(free)) free = `exported_${free}`;
  return free;
}

function annotationsOf(alert: TrackedAlert): Labels {
  return {
    summary: sentenceOf(alert),
    ...(alert.value !== undefined && { value: formatNumber(alert.value) }),
    ...(alert.threshold !== undefined && { threshold: formatNumber(alert.threshold) }),
  };
}

function testAlert({ subject, text }: Message, now: number): AlertmanagerAlert {
  return {
    labels: { alertname: 'EvenkeelTest', severity: 'info' },
    annotations: {
      summary: oneLine(subject, MAX_VALUE_LENGTH),
      description: oneLine(text, MAX_VALUE_LENGTH),
    },
    startsAt: timestamp(now),
    endsAt: timestamp(now + TEST_MS),
  };
}

/* RFC 3339 has four digits for a year, and a time of 0 is none to Alertmanager. */
const MAX_TIME = Date.UTC(9999, 11, 31);
const MIN_TIME = 1;

function within(ms: number): number {
  return Number.isNaN(ms) ? MIN_TIME : Math.min(MAX_TIME, Math.max(MIN_TIME, ms));
}

function timestamp(ms: number): string {
  return new Date(within(ms)).toISOString();
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}
