import { type Clock, type Disposer, option, readOptions, readValue, systemClock } from '@evenkeel/core';
import type { PoolMonitor } from '../pool/pool-monitor.ts';
import type { ObserveQuery } from '../queries/observation.ts';
import { type Handover, inContext, isPromise, type PooledQuery, watchClient } from './instrument-client.ts';
import { type AnyFunction, type InstrumentablePool, POOL } from './instrumentable.ts';
import { type QueryWatch, WatchedConnection } from './query-run.ts';
import { replaceMethod } from './replace-method.ts';

export interface InstrumentPoolOptions {
  /**
   * Takes each run of a statement, when it has ended, in the async context of the call. Its duration has no wait for a
   * connection in it; a statement that never got one isn't told of.
   */
  readonly observe: ObserveQuery;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Takes how long connections were waited for and held. @defaultValue none */
  readonly measurements?: PoolMonitor | undefined;
}

interface Settings {
  readonly observe: ObserveQuery;
  readonly clock: Clock;
  readonly measurements: PoolMonitor | undefined;
}

/**
 * Watches all that goes through a pool of `pg`: `pool.query`, and the queries on the connections that it gives.
 * Nothing changes for those who use it. Connections that are out when it begins are watched from their next use on.
 *
 * @returns what ends it: the pool and its connections are as before
 * @throws ConfigurationError
 */
export function instrumentPool(pool: InstrumentablePool, options: InstrumentPoolOptions): Disposer {
  const of = 'instrumentPool';
  readValue(of, 'pool', pool, POOL);
  const settings = readOptions<Settings>(of, options, {
    observe: option.callback<ObserveQuery>(),
    clock: option.withMethods<Clock>('now', 'monotonic').default(systemClock),
    measurements: option.withMethods<PoolMonitor>('requested').optional(),
  });
  return new PoolWatch(pool, settings).begin();
}

interface WatchedClient {
  readonly connection: WatchedConnection;
  readonly restore: Disposer;
}

interface PoolEvents {
  on(type: 'release', listener: (error: unknown, client: unknown) => void): unknown;
  on(type: 'remove', listener: (client: unknown) => void): unknown;
  off(type: 'release', listener: (error: unknown, client: unknown) => void): unknown;
  off(type: 'remove', listener: (client: unknown) => void): unknown;
}

class PoolWatch {
  readonly #pool: InstrumentablePool;
  readonly #watch: QueryWatch;
  readonly #measurements: PoolMonitor | undefined;
  /* As many as the pool has: they leave with `remove`. */
  readonly #clients = new Map<object, WatchedClient>();
  /* Set only while `pool.query` calls `pool.connect`, and that the connection's `query`: synchronously. */
  #connecting: PooledQuery | undefined;
  readonly #handover: Handover = { pooled: undefined };
  #isOver = false;

  constructor(pool: InstrumentablePool, { observe, clock, measurements }: Settings) {
    this.#pool = pool;
    this.#watch = { observe, clock, measurements };
    this.#measurements = measurements;
  }

  begin(): Disposer {
    // Listeners of these two events take what those of `pg` are given.
    const pool = this.#pool as InstrumentablePool & PoolEvents;
    const onRelease = (_error: unknown, client: unknown): void => this.#released(client);
    const onRemove = (client: unknown): void => this.#removed(client);
    const undo = [
      replaceMethod(pool, 'query', (original) => this.#query(original)),
      replaceMethod(pool, 'connect', (original) => this.#connect(original)),
    ];
    pool.on('release', onRelease);
    pool.on('remove', onRemove);
    return () => {
      if (this.#isOver) return;
      this.#isOver = true;
      for (const each of undo) each();
      pool.off('release', onRelease);
      pool.off('remove', onRemove);
      for (const client of [...this.#clients.keys()]) {
        this.#released(client);
        this.#removed(client);
      }
    };
  }

  /** Of the pool: connects, sends, and releases by itself. What is sent is timed by the connection. */
  #query(original: AnyFunction): AnyFunction {
    const watch = this;
    return function (...args) {
      const pooled: PooledQuery = { run: undefined };
      const at = callbackPosition(args);
      if (at < 0) {
        const promise = watch.#during(pooled, () => original.apply(this, args));
        if (!isPromise(promise)) return promise;
        return promise.then(
          (result: unknown) => {
            pooled.run?.succeeded(result);
            pooled.run?.report();
            return result;
          },
          (error: unknown) => {
            // A connection that breaks ends the query without its callback.
            pooled.run?.failed(error);
            pooled.run?.report();
            throw error;
          },
        );
      }
      // `callbackPosition` has seen that it is a function.
      const callback = args[at] as AnyFunction;
      const report = inContext(() => pooled.run?.report());
      const withOurs = [...args];
      withOurs[at] = function (this: unknown, ...outcome: unknown[]) {
        if (outcome[0]) pooled.run?.failed(outcome[0]);
        report();
        return callback.apply(this, outcome);
      };
      return watch.#during(pooled, () => original.apply(this, withOurs));
    };
  }

  #during(pooled: PooledQuery, call: () => unknown): unknown {
    const before = this.#connecting;
    this.#connecting = pooled;
    try {
      return call();
    } finally {
      this.#connecting = before;
    }
  }

  #connect(original: AnyFunction): AnyFunction {
    const watch = this;
    return function (...args) {
      const pooled = watch.#connecting;
      watch.#connecting = undefined;
      const checkout = watch.#measurements?.requested(
        pooled ? undefined : Reflect.get(watch.#pool, 'connect'),
      );
      const acquired = (client: unknown): void => {
        const connection = watch.#watched(client);
        if (!checkout) return;
        checkout.acquired();
        if (connection) connection.checkout = checkout;
        // Ended in the meantime: nobody would tell when it is given back.
        else checkout.released();
      };
      const [callback] = args;
      if (typeof callback !== 'function') {
        const promise = original.apply(this, args);
        if (!isPromise(promise)) return promise;
        return promise.then(
          (client: unknown) => {
            acquired(client);
            return client;
          },
          (error: unknown) => {
            checkout?.failed(error);
            throw error;
          },
        );
      }
      return original.call(this, (...outcome: unknown[]) => {
        const [error, client] = outcome;
        if (error) checkout?.failed(error);
        else acquired(client);
        watch.#handover.pooled = error ? undefined : pooled;
        try {
          return callback(...outcome);
        } finally {
          watch.#handover.pooled = undefined;
        }
      });
    };
  }

  #watched(client: unknown): WatchedConnection | undefined {
    if (this.#isOver || typeof client !== 'object' || client === null) return undefined;
    let watched = this.#clients.get(client);
    if (!watched && typeof Reflect.get(client, 'query') === 'function') {
      const connection = new WatchedConnection();
      watched = { connection, restore: watchClient(client, this.#watch, connection, this.#handover) };
      this.#clients.set(client, watched);
    }
    return watched?.connection;
  }

  #released(client: unknown): void {
    const connection = this.#clients.get(client as object)?.connection;
    connection?.checkout?.released();
    if (connection) connection.checkout = undefined;
  }

  #removed(client: unknown): void {
    this.#clients.get(client as object)?.restore();
    this.#clients.delete(client as object);
  }
}

/** Where `pool.query` was given a callback; -1: nowhere. */
function callbackPosition(args: readonly unknown[]): number {
  // As a first argument it is refused.
  if (typeof args[0] === 'function') return -1;
  if (typeof args[1] === 'function') return 1;
  return typeof args[2] === 'function' ? 2 : -1;
}
