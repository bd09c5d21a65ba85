import { ConfigurationError, type Duration, option, readOptions } from '@evenkeel/core';
import type { Judge } from './verdict.ts';

/** About one request. */
export interface RequestOptions {
  /** What it is about: the strategy `hash` sends equal keys to the same server. */
  readonly key?: string | undefined;
  /** Time for each try. @defaultValue the balancer's */
  readonly timeout?: Duration | undefined;
  /** Time for all of it, waiting included. @defaultValue the balancer's */
  readonly deadline?: Duration | undefined;
  /** Most tries beyond the first, each on another server. @defaultValue the balancer's */
  readonly retries?: number | undefined;
  /**
   * Whether doing it twice is as good as doing it once. Only then is it tried again after a failure or a time-out;
   * what a server never got is tried again in any case. @defaultValue false
   */
  readonly idempotent?: boolean | undefined;
  /** `false`: no second try beside the first, although the balancer hedges. @defaultValue true */
  readonly hedge?: boolean | undefined;
  /** Ends it, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue the balancer's */
  readonly judge?: Judge | undefined;
}

/** {@link RequestOptions}, read. */
export interface RequestPlan {
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retries: number;
  readonly idempotent: boolean;
  readonly hedge: boolean;
  readonly signal: AbortSignal | undefined;
  /** `undefined`: by whether it threw. */
  readonly judge: Judge | undefined;
}

/* Beyond this a retry is hope, not a plan. */
export const MAX_RETRIES = 10;

const FIELDS = {
  key: option.string().optional(),
  timeout: option.duration({ min: 1 }).optional(),
  deadline: option.duration({ min: 1 }).optional(),
  retries: option.integer({ min: 0, max: MAX_RETRIES }).optional(),
  idempotent: option.boolean().optional(),
  hedge: option.boolean().optional(),
  signal: option.withMethods<AbortSignal>('addEventListener', 'removeEventListener').optional(),
  judge: option.callback<Judge>().optional(),
};

/**
 * The plan of one request.
 *
 * @throws ConfigurationError
 */
export function readRequestOptions(options: RequestOptions | undefined, defaults: RequestPlan): RequestPlan {
  if (options === undefined) return defaults;
  // What is right as it stands, as nearly always, is not read field by field: that takes longer than all the rest.
  const { key, timeout, deadline, retries, idempotent, hedge, signal, judge } = isPlain(options)
    ? options
    : readOptions('executeRequest', options, FIELDS);
  const deadlineMs = (deadline as number | undefined) ?? defaults.deadlineMs;
  const timeoutMs = (timeout as number | undefined) ?? Math.min(defaults.timeoutMs, deadlineMs);
  if (timeoutMs > deadlineMs) {
    const expected = `at most the deadline, ${deadlineMs} ms`;
    throw new ConfigurationError('executeRequest', [{ path: 'timeout', value: timeout, expected }]);
  }
  if (hedge === true && idempotent !== true) {
    const expected = 'absent or false unless idempotent is true: a hedged request is done twice';
    throw new ConfigurationError('executeRequest', [{ path: 'hedge', value: hedge, expected }]);
  }
  return {
    key,
    timeoutMs,
    deadlineMs,
    retries: retries ?? defaults.retries,
    idempotent: idempotent ?? false,
    hedge: hedge ?? true,
    signal,
    judge: judge ?? defaults.judge,
  };
}

/** Whether the options can be used without being read: all known, all right, times in ms. */
function isPlain(options: RequestOptions): boolean {
  if (typeof options !== 'object' || options === null) return false;
  for (const name in options) if (!Object.hasOwn(FIELDS, name)) return false;
  const { key, timeout, deadline, retries, idempotent, hedge, signal, judge } = options;
  return (
    (key === undefined || (typeof key === 'string' && key !== '')) &&
    isPlainMs(timeout) &&
    isPlainMs(deadline) &&
    (retries === undefined || (Number.isSafeInteger(retries) && retries >= 0 && retries <= MAX_RETRIES)) &&
    (idempotent === undefined || typeof idempotent === 'boolean') &&
    (hedge === undefined || typeof hedge === 'boolean') &&
    (signal === undefined || signal instanceof AbortSignal) &&
    (judge === undefined || typeof judge === 'function')
  );
}

function isPlainMs(ms: Duration | undefined): boolean {
  return ms === undefined || (typeof ms === 'number' && ms >= 1 && ms < Number.POSITIVE_INFINITY);
}
