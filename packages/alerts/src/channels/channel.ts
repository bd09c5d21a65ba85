import { EvenkeelError } from '@evenkeel/core';
import type { Labels, TrackedAlert } from '../alert-state.ts';

/** One message about a group of alerts, a report, or a test. Plain data, so that it can be kept over a restart. */
export interface Message {
  /** The same each time it is tried again: receivers can tell repetitions by it. */
  readonly id: string;
  readonly kind: 'firing' | 'resolved' | 'report' | 'test';
  /** In ms since 1970. */
  readonly createdAt: number;
  /** The highest of its alerts. */
  readonly severity: 'info' | 'warning' | 'critical';
  /** By which its alerts were grouped; empty for reports and tests. */
  readonly groupLabels: Labels;
  /** The gravest first, at most {@link MAX_ALERTS_IN_MESSAGE}. */
  readonly alerts: readonly TrackedAlert[];
  /** Of the whole group, those that are not listed too. */
  readonly counts: { readonly firing: number; readonly resolved: number };
  /** Level of escalation, from 0. */
  readonly level: number;
  /** One line. */
  readonly subject: string;
  /** Plain text, Markdown where a report is sent. */
  readonly text: string;
  /** One whole page; reports have it. */
  readonly html?: string;
  /** Where a report goes, as the channel understands it (addresses of mail); absent: the channel's own. */
  readonly recipients?: readonly string[];
}

/* A person reads no more; receivers limit the size of what they take. */
export const MAX_ALERTS_IN_MESSAGE = 50;

/** Brings messages to one place. */
export interface Channel {
  /** Unique among the channels of a manager. */
  readonly name: string;
  /** `console`, `webhook`, `slack`, `email`, `alertmanager`, or an own one. */
  readonly kind: string;
  /** Where it leads, for people, without any secret. */
  readonly description: string;
  /**
   * Resolves when the receiver has taken the message. One at a time, unless it says otherwise in `concurrency`.
   * @throws DeliveryError that says whether trying again makes sense; anything else is tried again
   */
  send(message: Message, signal: AbortSignal): Promise<void>;
  /** Messages that may be on their way at once. @defaultValue 1 */
  readonly concurrency?: number;
  /**
   * Channels that want the state rather than the news (Alertmanager) are told of all firing alerts again in this time,
   * in ms. @defaultValue never
   */
  readonly repeatMs?: number;
  /** Whether it takes reports. @defaultValue true */
  readonly takesReports?: boolean;
  /** Closes what it holds open. Idempotent. */
  stop?(): Promise<void>;
}

export interface DeliveryErrorOptions {
  /** Trying again cannot help: the receiver has refused this message or this sender. @defaultValue false */
  readonly isPermanent?: boolean;
  /** How long the receiver asks to wait, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, SMTP reply code. */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** A message was not taken. Its text holds no secret. `code` is `DELIVERY`. */
export class DeliveryError extends EvenkeelError {
  readonly isPermanent: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(message: string, options: DeliveryErrorOptions = {}) {
    super(message, { code: 'DELIVERY', cause: options.cause });
    this.isPermanent = options.isPermanent ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}
