import { createHmac, timingSafeEqual } from 'node:crypto';
import { type ConfigurationIssue, type Duration, EvenkeelError, type Field, option } from '@evenkeel/core';
import { readPrivateOptions } from './private-options.ts';
import type { WebhookBody } from './webhook-body.ts';

/** Headers by which a receiver can tell that a message is ours, and which one it is. Standard Webhooks 1.0. */
export interface WebhookHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970, of the try. */
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature'?: string;
}

/** Options of {@link verifyWebhook}. */
export interface VerifyWebhookOptions {
  /** The sender's, or several while one is replaced by another. */
  readonly secret: string | readonly string[];
  /** As the HTTP server gives them: names in lower case, or a `Headers` object. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> | Headers;
  /** The body as it came, byte by byte: what was parsed and written again has another signature. */
  readonly body: string | Uint8Array;
  /** How far the clocks of both may be apart, and how late a message may come, in ms. @defaultValue '5m' */
  readonly tolerance?: Duration;
  /** Now, in ms since 1970. @defaultValue the system's time */
  readonly now?: number;
}

/* https://github.com/standard-webhooks/standard-webhooks: the prefix of secrets in Base64, and of signatures. */
const SECRET_PREFIX = 'whsec_';
const SIGNATURE_PREFIX = 'v1,';

/* Short secrets can be guessed; the standard asks for 24 bytes. */
const MIN_SECRET_BYTES = 24;

/**
 * Checks that a request comes from a {@link webhookChannel} with the same secret, is unchanged and recent, and gives
 * its body. The same `webhook-id` may come more than once: a message is sent again when its answer was lost.
 *
 * @throws EvenkeelError `WEBHOOK_SIGNATURE` for a request that is not genuine; answer 401
 * @throws ConfigurationError for bad options
 */
export function verifyWebhook(options: VerifyWebhookOptions): WebhookBody {
  const { secret, headers, body, tolerance, now } = readPrivateOptions(
    'verifyWebhook',
    options,
    {
      secret: webhookSecret(),
      headers: option.withMethods<VerifyWebhookOptions['headers']>(),
      body: new option.Field<Uint8Array>('the text or bytes of the body as it came', readBody),
      tolerance: option.duration().default(300_000),
      now: option.number().default(Date.now()),
    },
    ['secret', 'headers', 'body'],
  );
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const given = headerOf(headers, 'webhook-signature').split(' ');
  if (!/^\d{1,12}$/.test(timestamp)) throw refused('webhook-timestamp is no number of seconds');
  if (Math.abs(now - Number(timestamp) * 1000) > tolerance)
    throw refused('webhook-timestamp is too far from now');
  const expected = secret.map((key) => signatureOf(key, id, timestamp, body));
  // All are compared, so that the time taken does not tell which one was close.
  const matches = given.flatMap((one) => expected.map((other) => isEqual(one, other))).filter(Boolean).length;
  if (matches === 0) throw refused('no signature in webhook-signature matches');
  // What has our signature was written by `webhookBody`.
  return JSON.parse(new TextDecoder().decode(body)) as WebhookBody;
}

/** Keys of one or several secrets: `whsec_` and Base64, or any other text of 24 bytes and more, used as it is. */
export function webhookSecret(): Field<readonly Uint8Array[]> {
  const expected = `a secret, or a list of secrets: 'whsec_' and the Base64 of at least ${MIN_SECRET_BYTES} bytes, or another text of at least ${MIN_SECRET_BYTES} bytes`;
  return new option.Field<readonly Uint8Array[]>(expected, (value, path, issues) => {
    const keys = (Array.isArray(value) ? value : [value]).map(keyOf);
    const accepted = keys.filter((key) => key !== undefined);
    if (accepted.length === keys.length && keys.length > 0) return accepted;
    issues.push({ path, value, expected });
    return [];
  });
}

/** The headers of one try. Several keys give several signatures, so that receivers may change theirs one by one. */
export function webhookHeaders(
  keys: readonly Uint8Array[],
  messageId: string,
  now: number,
  body: string,
): WebhookHeaders {
  // The dot ends the id in what is signed; a header takes nothing but ASCII.
  const id = encodeURIComponent(messageId.replaceAll(/\p{Surrogate}/gu, '')).replaceAll('.', '%2E');
  const timestamp = String(Math.floor(now / 1000));
  const bytes = new TextEncoder().encode(body);
  const signatures = keys.map((key) => signatureOf(key, id, timestamp, bytes));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}

function signatureOf(key: Uint8Array, id: string, timestamp: string, body: Uint8Array): string {
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return `${SIGNATURE_PREFIX}${digest}`;
}

function keyOf(secret: unknown): Uint8Array | undefined {
  if (typeof secret !== 'string') return undefined;
  const isBase64 = secret.startsWith(SECRET_PREFIX);
  const text = isBase64 ? secret.slice(SECRET_PREFIX.length) : secret;
  if (isBase64 && !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, isBase64 ? 'base64' : 'utf8');
  return key.byteLength >= MIN_SECRET_BYTES ? key : undefined;
}

function readBody(value: unknown, path: string, issues: ConfigurationIssue[]): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return value;
  issues.push({ path, value, expected: 'the text or bytes of the body as it came' });
  return new Uint8Array();
}

function headerOf(headers: VerifyWebhookOptions['headers'], name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value !== 'string' || value === '') throw refused(`${name} is missing`);
  return value;
}

function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

function refused(reason: string): EvenkeelError {
  return new EvenkeelError(`the webhook is not genuine: ${reason}`, { code: 'WEBHOOK_SIGNATURE' });
}
