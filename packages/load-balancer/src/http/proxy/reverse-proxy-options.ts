import type { IncomingMessage } from 'node:http';
import {
  type Clock,
  ConfigurationError,
  type Duration,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { Judge } from '../../execution/verdict.ts';
import {
  CONNECTION_FIELDS,
  type ConnectionOptions,
  type ConnectionSettings,
  connectionSettings,
} from '../connections/connection-options.ts';
import { FAILURE_STATUSES, judgeByStatus } from '../upstream-error.ts';

/** Whose word is taken: everybody's, nobody's, or that of some addresses. */
export type Trust = boolean | ((address: string) => boolean);

/** Options of {@link reverseProxy}. All are optional. */
export interface ReverseProxyOptions extends ConnectionOptions {
  /** What a request is about, for the strategy `hash`. What throws or gives no string is no key. @defaultValue none */
  readonly key?: (req: IncomingMessage) => string | undefined;
  /** What servers get as Host: what the client sent, or their own `host:port`. @defaultValue 'keep' */
  readonly host?: 'keep' | 'server';
  /**
   * Whether what a peer says of the client (`X-Forwarded-*`, `Forwarded`, `X-Real-IP`) is believed and added to; by
   * its address where it is a function. Of others it is replaced. @defaultValue false
   */
  readonly trustProxy?: Trust;
  /** This proxy's name in `Via`, added to requests and responses. @defaultValue none is added */
  readonly via?: string;
  /**
   * How long a server may take to the head of its response, at each try. Where a body is streamed to it, from the
   * end of that body on. @defaultValue '30s'
   */
  readonly timeout?: Duration;
  /** The same with all tries and waits; streamed bodies have none. @defaultValue '60s', or `timeout` if that is more */
  readonly deadline?: Duration;
  /** How long a body may make no progress, in either direction, whoever holds it up. @defaultValue '60s' */
  readonly bodyTimeout?: Duration;
  /** Statuses that say that the server failed: repeated elsewhere where that may be. @defaultValue [502, 503, 504] */
  readonly failureStatuses?: readonly number[];
  /**
   * Bodies of at most so many bytes are kept for another try, where the method is idempotent and the length known.
   * @defaultValue '64kb'
   */
  readonly repeatableBody?: number | string;
  /** How long `stop` waits for requests in flight. @defaultValue '10s' */
  readonly stopTimeout?: Duration;
  /** Learns why a request got an answer of the proxy's own. What it throws is ignored. @defaultValue nobody does */
  readonly onError?: (error: unknown, req: IncomingMessage) => unknown;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/** {@link ReverseProxyOptions}, read. */
export interface ProxySettings {
  readonly key: ((req: IncomingMessage) => unknown) | undefined;
  readonly host: 'keep' | 'server';
  readonly isTrusted: (address: string) => boolean;
  readonly via: string | undefined;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly bodyTimeoutMs: number;
  readonly failureStatuses: readonly number[];
  readonly judge: Judge;
  readonly repeatableBodyBytes: number;
  readonly stopTimeoutMs: number;
  readonly onError: (error: unknown, req: IncomingMessage) => unknown;
  readonly clock: Clock;
  readonly connections: ConnectionSettings;
}

const TRUST = new option.Field('true, false, or a function of an address', (value, path, issues) => {
  if (typeof value === 'boolean' || typeof value === 'function') return value as Trust;
  issues.push({ path, value, expected: 'true, false, or a function of an address' });
  return false;
});

/* What Via calls a pseudonym, or a host with its port. */
const VIA = new option.Field('a name such as "edge" or "edge:8080"', (value, path, issues) => {
  if (typeof value === 'string' && /^[\w.-]+(?::\d+)?$/.test(value)) return value;
  issues.push({ path, value, expected: 'a name such as "edge" or "edge:8080"' });
  return '';
});

/** @throws ConfigurationError */
export function readProxyOptions(options: ReverseProxyOptions | undefined): ProxySettings {
  const owner = 'reverseProxy';
  const read = readOptions(owner, options, {
    key: option.callback<(req: IncomingMessage) => unknown>().optional(),
    host: option.oneOf(['keep', 'server']).default('keep'),
    trustProxy: TRUST.default(false),
    via: VIA.optional(),
    timeout: option.duration({ min: 1 }).default(30_000),
    deadline: option.duration({ min: 1 }).optional(),
    // The watch looks four times in it.
    bodyTimeout: option.duration({ min: 4 }).default(60_000),
    failureStatuses: option.listOf(option.integer({ min: 400, max: 599 })).default(FAILURE_STATUSES),
    repeatableBody: option.bytes().default(65_536),
    stopTimeout: option.duration().default(10_000),
    onError: option.callback<ProxySettings['onError']>().default(() => {}),
    clock: option.withMethods<Clock>('setTimeout', 'setInterval').default(systemClock),
    ...CONNECTION_FIELDS,
  });
  const { trustProxy, timeout, deadline = Math.max(60_000, timeout) } = read;
  if (timeout > deadline) {
    const expected = `at most the deadline, ${deadline} ms`;
    throw new ConfigurationError(owner, [{ path: 'timeout', value: timeout, expected }]);
  }
  return {
    key: read.key,
    host: read.host,
    isTrusted: typeof trustProxy === 'function' ? trustProxy : () => trustProxy,
    via: read.via,
    timeoutMs: timeout,
    deadlineMs: deadline,
    bodyTimeoutMs: read.bodyTimeout,
    failureStatuses: read.failureStatuses,
    judge: judgeByStatus(read.failureStatuses),
    repeatableBodyBytes: read.repeatableBody,
    stopTimeoutMs: read.stopTimeout,
    onError: read.onError,
    clock: read.clock,
    connections: connectionSettings(read),
  };
}
