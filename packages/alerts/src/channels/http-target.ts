import { type Clock, callWithTimeout, errorMessage } from '@evenkeel/core';
import { oneLine } from '../templates/plain-text.ts';
import { DeliveryError } from './channel.ts';
import { retryAfterMs } from './retry-after.ts';
import { decoded, Secrets, secretsOfHeaders, secretsOfUrl } from './secrets.ts';

export interface HttpTargetOptions {
  readonly url: URL;
  /** Below the URL. @defaultValue the URL itself */
  readonly path?: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** What else must not be told. */
  readonly secrets?: readonly string[];
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/* Receivers give their reason in a few words; what is longer is a page of a proxy. */
const MAX_ANSWER_BYTES = 4096;
const MAX_REASON_LENGTH = 200;

/* The status has come already: the reason is worth no more than this. */
const MAX_ANSWER_MS = 1000;

/* 4xx that say "not now" rather than "not this": RFC 9110, 8470, 6585. */
const TEMPORARY = new Set([408, 425, 429]);

/** Where JSON is posted to, by the platform's `fetch`. Redirects are not followed: they would take secrets elsewhere. */
export class HttpTarget {
  /** The URL without what may be a secret. */
  readonly description: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #secrets: Secrets;
  readonly #timeoutMs: number;
  readonly #clock: Clock;

  constructor({ url, path, headers, secrets = [], timeoutMs, clock }: HttpTargetOptions) {
    this.description = url.pathname === '/' && url.search === '' ? url.origin : `${url.origin}/…`;
    this.#headers = { 'content-type': 'application/json', ...basicAuthorization(url), ...headers };
    this.#secrets = new Secrets([...secretsOfUrl(url), ...secretsOfHeaders(headers), ...secrets]);
    this.#url = new URL(url);
    if (path !== undefined) this.#url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
    this.#url.username = '';
    this.#url.password = '';
    this.#url.hash = '';
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /**
   * Resolves when the receiver has answered with 2xx.
   *
   * @throws DeliveryError permanent for 3xx and 4xx other than 408, 425 and 429
   */
  async post(
    body: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const response = await this.#request(body, signal, headers);
    if (response.ok) {
      // It has been taken; what else is said is of no interest, but would hold the connection.
      discard(response);
      return;
    }
    const { status } = response;
    const reason = await this.#reason(response, signal);
    throw new DeliveryError(`${this.description} answered with status ${status}${reason && `: ${reason}`}`, {
      isPermanent: status < 500 && !TEMPORARY.has(status),
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), this.#clock.now()),
      status,
    });
  }

  async #request(body: string, signal: AbortSignal, headers: Readonly<Record<string, string>>) {
    try {
      return await callWithTimeout(
        (limited) =>
          fetch(this.#url, {
            method: 'POST',
            headers: { ...this.#headers, ...headers },
            body,
            redirect: 'manual',
            signal: limited,
          }),
        { timeoutMs: this.#timeoutMs, what: `the answer of ${this.description}`, signal, clock: this.#clock },
      );
    } catch (thrown) {
      // The cause stays out: whoever prints the error would print it too, and it may hold what is secret.
      const reason = this.#secrets.hide(networkReason(thrown));
      throw new DeliveryError(`${this.description} did not answer: ${reason}`);
    }
  }

  /** The first words of an answer. An answer that hangs or breaks off has told what it has told. */
  async #reason(response: Response, signal: AbortSignal): Promise<string> {
    if (response.body === null) return '';
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let bytes = 0;
    let text = '';
    const read = async (): Promise<void> => {
      while (bytes < MAX_ANSWER_BYTES) {
        const { done, value } = await reader.read();
        if (done) return;
        bytes += value.byteLength;
        text += decoder.decode(value, { stream: true });
      }
    };
    await callWithTimeout(read, { timeoutMs: MAX_ANSWER_MS, what: 'the answer', signal, clock: this.#clock })
      .catch(() => {})
      .finally(() => void reader.cancel().catch(() => {}));
    return oneLine(this.#secrets.hide(text), MAX_REASON_LENGTH);
  }
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** `fetch` refuses URLs with a password. */
function basicAuthorization(url: URL): Readonly<Record<string, string>> {
  if (url.username === '' && url.password === '') return {};
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** `fetch` says no more than "fetch failed"; the reason is in its cause, and there may be one for each address. */
function networkReason(thrown: unknown): string {
  let reason = thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown;
  if (reason instanceof AggregateError && reason.errors.length > 0) reason = reason.errors[0];
  return errorMessage(reason) || 'the connection failed';
}
