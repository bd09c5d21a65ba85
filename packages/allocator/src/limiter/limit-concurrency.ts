import { ConfigurationError, option, readValue } from '@evenkeel/core';
import { type CallOptions, ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { CallPriority, ConcurrencyLimiterOptions } from './concurrency-limiter-options.ts';

/** Options of {@link limitConcurrency}: those of the limiter, or a limiter that several functions share. */
export type LimitConcurrencyOptions<Args extends unknown[]> = CallRules<Args> &
  ((ConcurrencyLimiterOptions & { readonly limiter?: undefined }) | { readonly limiter: ConcurrencyLimiter });

interface CallRules<Args extends unknown[]> {
  /** Finds the signal of a call among its arguments: it ends the caller's wait. @defaultValue none */
  readonly signal?: (...args: Args) => AbortSignal | undefined;
  /** @defaultValue 'medium' for all */
  readonly priority?: (...args: Args) => CallPriority;
}

type AnyFunction = (this: never, ...args: never) => unknown;

/** A function that runs no more often at once than its limiter lets it. */
export interface LimitedFunction<F extends AnyFunction> {
  (this: ThisParameterType<F>, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** For its statistics and events, and to be shared. */
  readonly limiter: ConcurrencyLimiter;
}

/**
 * Wraps a function so that only so many of its calls run at once; the others wait in turn. It keeps its
 * parameters and its result; what it throws becomes a rejection. See `ConcurrencyLimiter` for what else a call
 * may reject with.
 *
 * @throws ConfigurationError
 * @example
 * const resize = limitConcurrency(resizeImage, { limit: 4 });
 * const search = limitConcurrency(fetchResults, { name: 'search', signal: (query, { signal }) => signal });
 */
export function limitConcurrency<F extends AnyFunction>(
  fn: F,
  options: LimitConcurrencyOptions<Parameters<F>> = {},
): LimitedFunction<F> {
  const owner = 'limitConcurrency';
  readValue(owner, 'fn', fn, option.callback());
  readValue(owner, 'options', options, option.withMethods());
  const { signal: signalOf, priority: priorityOf, limiter: shared, ...limiterOptions } = options;
  readValue(owner, 'signal', signalOf, option.callback().optional());
  readValue(owner, 'priority', priorityOf, option.callback().optional());
  const limiter = shared === undefined ? new ConcurrencyLimiter(limiterOptions) : shared;
  if (!(limiter instanceof ConcurrencyLimiter)) {
    throw new ConfigurationError(owner, [
      { path: 'limiter', value: limiter, expected: 'a ConcurrencyLimiter' },
    ]);
  }
  const [extra] = shared === undefined ? [] : Object.entries(limiterOptions);
  if (extra) {
    const expected = 'absent where a limiter is given, which has options of its own';
    throw new ConfigurationError(owner, [{ path: extra[0], value: extra[1], expected }]);
  }
  const limited = function (this: unknown, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> {
    try {
      const call: CallOptions = { signal: signalOf?.(...args), priority: priorityOf?.(...args) };
      return limiter.run((): ReturnType<F> => Reflect.apply(fn, this, args), call);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  return Object.assign(limited, { limiter });
}
