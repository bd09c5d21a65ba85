import { AsyncResource } from 'node:async_hooks';
import { type Clock, type Disposer, option, readOptions, readValue, systemClock } from '@evenkeel/core';
import type { ObserveQuery } from '../queries/observation.ts';
import type { AnyFunction, InstrumentableClient } from './instrumentable.ts';
import { isSubmittable, readQueryCall, readSubmittable, type Submittable } from './query-call.ts';
import { QueryRun, type QueryWatch, WatchedConnection } from './query-run.ts';
import { replaceMethod } from './replace-method.ts';
import { watchSubmittable } from './watch-submittable.ts';

export interface InstrumentClientOptions {
  /** Takes each run of a statement, when it has ended, in the async context of the call. */
  readonly observe: ObserveQuery;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/** A query of a pool on its way to a connection, which the pool tells of when it is over. */
export interface PooledQuery {
  run: QueryRun | undefined;
}

/** What `pool.query` hands to the connection it gets, within one synchronous call. */
export interface Handover {
  pooled: PooledQuery | undefined;
}

const ALONE: Handover = { pooled: undefined };

/**
 * Watches the queries of one connection: of `pg`'s Client, or of PGlite (its `query` alone). Nothing changes for those
 * who use it: promises, callbacks, cursors, streams, config objects and named statements go as before.
 *
 * @returns what ends it
 * @throws ConfigurationError
 */
export function instrumentClient(client: InstrumentableClient, options: InstrumentClientOptions): Disposer {
  const of = 'instrumentClient';
  readValue(of, 'client', client, option.withMethods<InstrumentableClient>('query'));
  const { observe, clock } = readOptions<Required<InstrumentClientOptions>>(of, options, {
    observe: option.callback<ObserveQuery>(),
    clock: option.withMethods<Clock>('now', 'monotonic').default(systemClock),
  });
  return watchClient(client, { observe, clock, measurements: undefined }, new WatchedConnection(), ALONE);
}

/** Watches a connection for {@link instrumentClient} or a pool. */
export function watchClient(
  client: object,
  watch: QueryWatch,
  connection: WatchedConnection,
  handover: Handover,
): Disposer {
  return replaceMethod(client, 'query', (original) => {
    return function (...args) {
      const { pooled } = handover;
      if (pooled) handover.pooled = undefined;
      const [query] = args;
      if (isSubmittable(query)) return submit(this, original, args, query, pooled);
      const call = readQueryCall(args, this);
      if (!call) return original.apply(this, args);
      const run = new QueryRun(watch, connection, call.text, call.params);
      if (pooled) pooled.run = run;
      try {
        const { callback, callbackAt } = call;
        if (callback) {
          const withOurs = [...args];
          withOurs[callbackAt] = reporting(run, callback, pooled !== undefined);
          return original.apply(this, withOurs);
        }
        return reportWhenSettled(run, original.apply(this, args));
      } catch (error) {
        run.abandoned();
        throw error;
      }
    };
  });

  function submit(
    self: unknown,
    original: AnyFunction,
    args: readonly unknown[],
    query: Submittable,
    pooled: PooledQuery | undefined,
  ): unknown {
    const statement = readSubmittable(query);
    if (!statement) return original.apply(self, [...args]);
    const run = new QueryRun(watch, connection, statement.text, statement.params);
    const report = pooled ? () => {} : inContext(() => run.report());
    if (pooled) pooled.run = run;
    watchSubmittable(query, ({ rows, error }) => {
      if (run.ended(rows, error)) report();
    });
    return original.apply(self, [...args]);
  }
}

/** The promise again; who awaits it goes on after the report. */
function reportWhenSettled(run: QueryRun, promise: unknown): unknown {
  if (!isPromise(promise)) {
    run.abandoned();
    return promise;
  }
  // What is called here has the async context of this call; and a rejection that nobody handles stays one.
  return promise.then(
    (result: unknown) => {
      if (run.succeeded(result)) run.report();
      return result;
    },
    (error: unknown) => {
      if (run.failed(error)) run.report();
      throw error;
    },
  );
}

/** The callback, told of after the report; it has the async context that `pg` gives it, as without. */
function reporting(run: QueryRun, callback: AnyFunction, isPooled: boolean): AnyFunction {
  const report = isPooled ? () => {} : inContext(() => run.report());
  return function (...outcome) {
    const [error, result] = outcome;
    if (error ? run.failed(error) : run.succeeded(result)) report();
    return callback.apply(this, outcome);
  };
}

/** The function, to be called anywhere, in the async context of now. */
export function inContext(call: () => void): () => void {
  const scope = new AsyncResource('evenkeel.query', { requireManualDestroy: true });
  return () => scope.runInAsyncScope(call);
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
