import { type Clock, type Disposer, type Recommendation, readValue, StateError } from '@evenkeel/core';
import { PoolMonitor, type PoolSnapshot } from '../pool/pool-monitor.ts';
import type { ServerConnections } from '../pool/server-connections.ts';
import type { ObserveQuery } from '../queries/observation.ts';
import { instrumentPool } from './instrument-pool.ts';
import { type InstrumentablePool, POOL } from './instrumentable.ts';

/** A pool that is watched, or will be again. */
interface WatchedPool {
  readonly monitor: PoolMonitor;
  restore: Disposer | undefined;
}

/** The pools whose queries and connections are watched, all together at times and at times not. */
export class WatchedPools {
  readonly #observe: ObserveQuery;
  readonly #clock: Clock;
  readonly #pools = new Map<InstrumentablePool, WatchedPool>();

  constructor(observe: ObserveQuery, clock: Clock) {
    this.#observe = observe;
    this.#clock = clock;
  }

  /**
   * @returns what ends it
   * @throws ConfigurationError; StateError where it is watched already
   */
  add(pool: InstrumentablePool, name: string): Disposer {
    readValue('instrument', 'pool', pool, POOL);
    if (this.#pools.has(pool)) throw new StateError('the pool is instrumented already');
    const monitor = new PoolMonitor(pool, { name, clock: this.#clock });
    this.#pools.set(pool, { monitor, restore: this.#watch(pool, monitor) });
    return () => {
      this.#pools.get(pool)?.restore?.();
      this.#pools.delete(pool);
    };
  }

  /** Watches again what was watched before {@link rest}. Idempotent. */
  resume(): void {
    for (const [pool, watched] of this.#pools) watched.restore ??= this.#watch(pool, watched.monitor);
  }

  /** Leaves the pools alone until {@link resume}. Idempotent. */
  rest(): void {
    for (const watched of this.#pools.values()) {
      watched.restore?.();
      watched.restore = undefined;
    }
  }

  /** Whether it is a pool that is being watched. */
  isWatching(database: object): boolean {
    for (const [pool, { restore }] of this.#pools) if (pool === database) return restore !== undefined;
    return false;
  }

  snapshots(): PoolSnapshot[] {
    return [...this.#pools.values()].map(({ monitor }) => monitor.snapshot());
  }

  /** @param server undefined where nothing is known of it */
  recommendations(server: ServerConnections | undefined): Recommendation[] {
    return [...this.#pools.values()].flatMap(({ monitor }) => monitor.recommendations(server));
  }

  #watch(pool: InstrumentablePool, measurements: PoolMonitor): Disposer {
    return instrumentPool(pool, { observe: this.#observe, clock: this.#clock, measurements });
  }
}
