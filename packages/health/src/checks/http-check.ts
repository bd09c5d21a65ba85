import {
  ConfigurationError,
  callWithTimeout,
  type Duration,
  EvenkeelError,
  errorMessage,
  option,
  readOptions,
} from '@evenkeel/core';
import type { HealthCheck } from '../check.ts';
import { answerTime } from './answer-time.ts';

/** Options of {@link httpCheck}. */
export interface HttpCheckOptions {
  /** @defaultValue 'GET' */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  /** The status or statuses that count as healthy. @defaultValue 200 to 299 */
  readonly expectedStatus?: number | readonly number[];
  /** @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may take, in ms, where that is less than the check's own time-out. @defaultValue that */
  readonly timeout?: Duration;
  /** An answer that takes longer is a warning, in ms. @defaultValue 500 */
  readonly warnAfter?: Duration;
}

/**
 * Asks an HTTP server, by the platform's `fetch`. Redirects are not followed: what counts is the server that was
 * asked. Only the status is read; the body is discarded.
 *
 * @throws ConfigurationError for bad options and for a URL that is none, not http(s), or holds a password
 */
export function httpCheck(url: string | URL, options: HttpCheckOptions = {}): HealthCheck {
  const target = readUrl(url);
  const status = option.integer({ min: 100, max: 599 });
  const { method, headers, timeout, warnAfter, expectedStatus } = readOptions('httpCheck', options, {
    method: option.oneOf(['GET', 'HEAD', 'OPTIONS']).default('GET'),
    expectedStatus: (Array.isArray(options.expectedStatus) ? option.listOf(status) : status).optional(),
    headers: option.withMethods<Readonly<Record<string, string>>>().default({}),
    timeout: option.duration({ min: 1 }).optional(),
    warnAfter: option.duration().default(500),
  });
  const accepted = expectedStatus === undefined ? undefined : [expectedStatus].flat();
  const isExpected = (got: number): boolean => accepted?.includes(got) ?? (got >= 200 && got < 300);

  const ask = async (signal: AbortSignal): Promise<void> => {
    const response = await fetch(target, { method, headers, signal, redirect: 'manual' });
    // Left unread, the body would hold its connection.
    await response.body?.cancel();
    if (isExpected(response.status)) return;
    throw new EvenkeelError(`answered with status ${response.status}`, { code: 'UNEXPECTED_ANSWER' });
  };
  const askInTime = async (signal: AbortSignal): Promise<void> => {
    try {
      if (timeout === undefined) await ask(signal);
      else await callWithTimeout(ask, { timeoutMs: timeout, what: target.host, signal });
    } catch (thrown) {
      throw withCause(thrown);
    }
  };
  return Object.assign((signal: AbortSignal) => answerTime(() => askInTime(signal), warnAfter), {
    dependency: true,
  });
}

function readUrl(url: unknown): URL {
  const text = String(url);
  const expected = 'an absolute http or https URL without user and password';
  if (!URL.canParse(text)) throw new ConfigurationError('httpCheck', [{ path: 'url', value: url, expected }]);
  const read = new URL(text);
  const isHttp = read.protocol === 'http:' || read.protocol === 'https:';
  if (isHttp && read.username === '' && read.password === '') return read;
  // Not the URL itself: a password must not get into logs.
  throw new ConfigurationError('httpCheck', [
    { path: 'url', value: `${read.protocol}//${read.host}`, expected },
  ]);
}

/** `fetch` says no more than "fetch failed"; the reason is in its cause. */
function withCause(thrown: unknown): unknown {
  if (!(thrown instanceof TypeError) || thrown.cause === undefined) return thrown;
  return new EvenkeelError(errorMessage(thrown.cause), { code: 'REQUEST_FAILED', cause: thrown });
}
