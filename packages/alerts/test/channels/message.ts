import type { TrackedAlert } from '../../src/alert-state.ts';
import type { Message } from '../../src/channels/channel.ts';
import type { MessageDraft } from '../../src/templates/default-words.ts';
import { writeMessage } from '../../src/templates/write-message.ts';

/* 2026-03-01 12:00:00 UTC */
export const NOON = Date.UTC(2026, 2, 1, 12);

export function alertOf(changes: Partial<TrackedAlert> = {}): TrackedAlert {
  return {
    id: 'high-response-time{route="/checkout"}',
    name: 'high-response-time',
    severity: 'critical',
    message: 'the p95 is 900 ms',
    since: NOON,
    labels: { route: '/checkout' },
    value: 900,
    threshold: 500,
    state: 'firing',
    updatedAt: NOON,
    firedAt: NOON,
    count: 1,
    isFlapping: false,
    silencedBy: [],
    ...changes,
  };
}

export function draftOf(changes: Partial<MessageDraft> = {}): MessageDraft {
  const alerts = changes.alerts ?? [alertOf()];
  return {
    id: 'm1',
    kind: 'firing',
    createdAt: NOON,
    severity: 'critical',
    groupLabels: {},
    alerts,
    counts: { firing: alerts.length, resolved: 0 },
    level: 0,
    ...changes,
  };
}

/** A message with the built-in words, unless others are given. */
export function messageOf(changes: Partial<Message> = {}): Message {
  const { subject, text, ...draft } = changes;
  const message = writeMessage(draftOf(draft));
  return { ...message, ...(subject !== undefined && { subject }), ...(text !== undefined && { text }) };
}
