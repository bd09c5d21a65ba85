import { type Clock, type Duration, option, readOptions, systemClock } from '@evenkeel/core';
import { fetch, type RequestInfo, type RequestInit, type Response } from 'undici';
import type { Attempt } from '../../execution/attempt.ts';
import type { RequestOptions } from '../../execution/request-options.ts';
import type { Verdict } from '../../execution/verdict.ts';
import { judgeByError } from '../../execution/verdict.ts';
import type { Server } from '../../servers/server.ts';
import { type RequestBalancer, readBalancer } from '../balancer.ts';
import {
  CONNECTION_FIELDS,
  type ConnectionOptions,
  connectionSettings,
} from '../connections/connection-options.ts';
import { originOf, ServerPools } from '../connections/server-pools.ts';
import { IdleWatch } from '../idle-watch.ts';
import { isIdempotent } from '../methods.ts';
import { FAILURE_STATUSES } from '../upstream-error.ts';
import { TrackedDispatcher } from './tracked-dispatcher.ts';

/** Options of {@link balancedFetch}. All are optional. */
export interface BalancedFetchOptions extends ConnectionOptions {
  /** What relative URLs are relative to; of its origin only the path counts. @defaultValue 'http://balanced/' */
  readonly base?: string | URL;
  /** Statuses that say that the server failed. @defaultValue [502, 503, 504] */
  readonly failureStatuses?: readonly number[];
  /**
   * How long a response's body may make no progress, because the server stalls or nobody reads it. Then it is given
   * up, and the server's count with it. @defaultValue '60s'
   */
  readonly bodyTimeout?: Duration;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/** What `fetch` takes, and what the balancer is told of the request. */
export interface BalancedRequestInit extends Omit<RequestInit, 'dispatcher'> {
  /** `idempotent` goes by the method where it is not given. @defaultValue {} */
  readonly balance?: Pick<
    RequestOptions,
    'key' | 'timeout' | 'deadline' | 'retries' | 'idempotent' | 'hedge'
  >;
}

/** A `fetch` whose requests go to the servers of a balancer. */
export interface BalancedFetch {
  (input: RequestInfo, init?: BalancedRequestInit): Promise<Response>;
  /** Closes the connections, whatever goes on there. Idempotent. The balancer goes on. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A `fetch` over the servers of a balancer: undici's, with a pool of connections for each server. Requests of
 * idempotent methods are repeated on other servers, unless their body is a stream, which is gone once it was begun.
 *
 * The server's count is held until the body has ended: read it, or cancel it. A body that nobody reads is given up at
 * `bodyTimeout`.
 *
 * @throws ConfigurationError
 * @example
 * const fetch = balancedFetch(balancer);
 * const response = await fetch('/users/7', { balance: { key: 'user 7' } });
 */
export function balancedFetch(balancer: RequestBalancer, options?: BalancedFetchOptions): BalancedFetch {
  readBalancer('balancedFetch', balancer);
  const read = readOptions('balancedFetch', options, {
    base: BASE.default(new URL('http://balanced/')),
    failureStatuses: option.listOf(option.integer({ min: 400, max: 599 })).default(FAILURE_STATUSES),
    bodyTimeout: option.duration({ min: 4 }).default(60_000),
    clock: option.withMethods<Clock>('setInterval').default(systemClock),
    ...CONNECTION_FIELDS,
  });
  const pools = new ServerPools(balancer, connectionSettings(read));
  const watch = new IdleWatch(read.clock, read.bodyTimeout);
  const client = new FetchClient(balancer, pools, watch, read.base as URL, read.failureStatuses);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= pools.destroy().then(() => watch.stop());
    return stopped;
  };
  return Object.assign((input: RequestInfo, init?: BalancedRequestInit) => client.fetch(input, init), {
    stop,
    [Symbol.asyncDispose]: stop,
  });
}

const BASE_EXPECTED = 'an absolute http or https URL';
const BASE = new option.Field<string | URL>(BASE_EXPECTED, (value, path, issues) => {
  const text = String(value);
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  issues.push({ path, value, expected: BASE_EXPECTED });
  return '';
});

class FetchClient {
  readonly #balancer: RequestBalancer;
  readonly #pools: ServerPools;
  readonly #watch: IdleWatch;
  readonly #base: URL;
  readonly #failures: readonly number[];

  constructor(
    balancer: RequestBalancer,
    pools: ServerPools,
    watch: IdleWatch,
    base: URL,
    failures: readonly number[],
  ) {
    this.#balancer = balancer;
    this.#pools = pools;
    this.#watch = watch;
    this.#base = base;
    this.#failures = failures;
  }

  async fetch(input: RequestInfo, given: BalancedRequestInit = {}): Promise<Response> {
    const { balance = {}, ...init } = { ...initOf(input), ...given };
    const url = this.#resolve(input);
    const isStream = isStreamed(init.body);
    const signal = init.signal ?? undefined;
    const responses: Response[] = [];
    const call = async (server: Server, attempt: Attempt): Promise<Response> => {
      const response = await this.#try(url, init, server, attempt, signal);
      responses.push(response);
      return response;
    };
    let answer: Response | undefined;
    try {
      answer = await this.#balancer.executeRequest(call, {
        ...balance,
        idempotent: !isStream && (balance.idempotent ?? isIdempotent((init.method ?? 'GET').toUpperCase())),
        signal,
        judge: (outcome) => {
          if ('error' in outcome) return judgeError(outcome.error, isStream);
          return this.#failures.includes((outcome.value as Response).status) ? 'failure' : 'success';
        },
      });
      return answer;
    } finally {
      for (const each of responses) if (each !== answer) each.body?.cancel().catch(() => {});
    }
  }

  async #try(
    url: URL,
    init: RequestInit,
    server: Server,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const origin = originOf(server);
    const controller = new AbortController();
    const giveUp = (): void =>
      controller.abort(attempt.signal.aborted ? attempt.signal.reason : signal?.reason);
    attempt.signal.addEventListener('abort', giveUp);
    signal?.addEventListener('abort', giveUp);
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = () => {
        attempt.signal.removeEventListener('abort', giveUp);
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
    });
    attempt.holdUntil(ended);
    const dispatcher = new TrackedDispatcher(origin, this.#pools.of(server), this.#watch, {
      reportLoad: attempt.reportLoad,
      ended: end,
    });
    try {
      const target = `${origin}${url.pathname}${url.search}`;
      return await fetch(target, { ...init, signal: controller.signal, dispatcher });
    } finally {
      dispatcher.settled();
    }
  }

  /** @throws TypeError for a URL of another origin: no server of the balancer's is meant */
  #resolve(input: RequestInfo): URL {
    const given = typeof input === 'object' && 'url' in input ? input.url : String(input);
    const url = new URL(given, this.#base);
    if (url.origin === this.#base.origin) return url;
    throw new TypeError(
      `${url.origin} is not what is balanced: use a path, or a URL below ${this.#base.origin}`,
    );
  }
}

/** The parts of a request object, of undici or of the platform, which don't know each other. */
function initOf(input: RequestInfo): RequestInit {
  if (typeof input !== 'object' || !('url' in input)) return {};
  const { method, headers, body, redirect, signal } = input;
  return {
    method,
    headers: [...headers],
    redirect,
    signal,
    ...(body === null ? {} : { body, duplex: 'half' }),
  };
}

/** Whether the body can be read only once. */
function isStreamed(body: RequestInit['body'] | undefined): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function judgeError(error: unknown, isStream: boolean): Verdict {
  // What fails on its way has a cause; the others are arguments that fetch does not take.
  if (error instanceof TypeError && error.cause === undefined) return 'ignore';
  const verdict = judgeByError({ error });
  return verdict === 'not-sent' && isStream ? 'failure' : verdict;
}
