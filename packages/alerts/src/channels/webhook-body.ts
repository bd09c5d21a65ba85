import type { TrackedAlert } from '../alert-state.ts';
import type { Message } from './channel.ts';

/** What a webhook receives, as JSON: an event in the form that Standard Webhooks recommends. */
export interface WebhookBody {
  readonly type: 'alerts.firing' | 'alerts.resolved' | 'report' | 'test';
  /** When the message was made, as ISO 8601. */
  readonly timestamp: string;
  /** The message, without whom it is for. Times within are ms since 1970. */
  readonly data: Omit<Message, 'recipients'>;
}

const TYPES = {
  firing: 'alerts.firing',
  resolved: 'alerts.resolved',
  report: 'report',
  test: 'test',
} as const;

/** The JSON text of a message. It does not depend on when or how often it is sent. */
export function webhookBody(message: Message): string {
  const { recipients, ...data } = message;
  const body: WebhookBody = {
    type: TYPES[message.kind],
    timestamp: new Date(message.createdAt).toISOString(),
    data,
  };
  try {
    return JSON.stringify(body, withoutBigInt);
  } catch {
    // Evidence comes from the application: it may hold cycles, or getters that throw.
    return JSON.stringify({ ...body, data: { ...data, alerts: data.alerts.map(withoutEvidence) } });
  }
}

function withoutBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function withoutEvidence({ evidence, ...alert }: TrackedAlert): TrackedAlert {
  return alert;
}
