import { EvenkeelError, errorMessage, toError } from '@evenkeel/core';
import { DeliveryError } from '../channels/channel.ts';

/** Why a try has failed. */
export interface Failure {
  /** Trying again cannot help. */
  readonly isPermanent: boolean;
  /** How long the receiver asks to wait, in ms; 0 where it does not. */
  readonly retryAfterMs: number;
  /** For people, without secrets. */
  readonly text: string;
}

/* For a line in a list. */
const MAX_TEXT_LENGTH = 500;

/* Whoever asks for more is asked again after this: it may have meant seconds and told milliseconds. */
const LONGEST_RETRY_AFTER_MS = 900_000;

const URLS = /\b[a-z][a-z\d+.-]{0,20}:\/\/[^\s"'<>]+/gi;

/** What a channel threw, as the queue needs it. */
export function failureOf(thrown: unknown): Failure {
  const error = toError(thrown);
  const asked = error instanceof DeliveryError ? error.retryAfterMs : undefined;
  return {
    isPermanent: error instanceof DeliveryError && error.isPermanent,
    retryAfterMs: asked !== undefined && asked > 0 ? Math.min(asked, LONGEST_RETRY_AFTER_MS) : 0,
    text: textOf(error),
  };
}

/** Our own errors hold no secrets. Those of others often hold the address, and addresses of webhooks are secrets. */
function textOf(error: Error): string {
  const message = errorMessage(error);
  const safe =
    error instanceof EvenkeelError && error.code !== 'THROWN_VALUE' ? message : message.replace(URLS, origin);
  return safe.length > MAX_TEXT_LENGTH ? `${safe.slice(0, MAX_TEXT_LENGTH - 1)}…` : safe;
}

function origin(address: string): string {
  try {
    const { protocol, host } = new URL(address);
    return `${protocol}//${host}/…`;
  } catch {
    return 'an address';
  }
}
