import type { Invalidation } from '../tier/second-tier.ts';
import type { Horizon, Session } from './session.ts';
import type { RedisStore } from './store.ts';
import { isRule, type Sweeper } from './sweep.ts';

/* Invalidations in one script: some tenths of a millisecond of the server's time. */
const BATCH = 250;

export interface InvalidatorOptions {
  readonly store: RedisStore;
  readonly sweeper: Sweeper;
  /** When a step that begins now has to have ended, monotonic. */
  readonly endOfStep: () => number;
  /** What each step tells of Redis. */
  readonly learn: (session: Session, horizon: Horizon) => void;
  readonly isCurrent: (session: Session) => boolean;
}

/** Invalidates in Redis and tells the other instances, in steps where it is much. */
export class Invalidator {
  readonly #options: InvalidatorOptions;
  #clearedEpoch = 0;

  constructor(options: InvalidatorOptions) {
    this.#options = options;
  }

  /**
   * First in Redis, then to the others: a key that another instance reads again after it has heard must not be there
   * any more. Resolves after both; rejects when a step fails, and all of it is to be made again.
   */
  async invalidate(session: Session, invalidations: readonly Invalidation[]): Promise<true> {
    for (let start = 0; start < invalidations.length; start += BATCH) {
      await this.#invalidate(session, invalidations.slice(start, start + BATCH));
    }
    return true;
  }

  async #invalidate(session: Session, batch: readonly Invalidation[]): Promise<void> {
    const { store, sweeper, endOfStep, learn } = this.#options;
    const rules = batch.filter(isRule);
    const horizon = await store.invalidate(session, batch, rules.length === 0, endOfStep());
    learn(session, horizon);
    if (rules.length > 0) {
      await sweeper.apply(session, rules, horizon.epoch);
      learn(session, await store.announce(session, batch, endOfStep()));
    }
    if (batch.some(({ kind }) => kind === 'all')) this.#reclaim(session, horizon.epoch);
  }

  /** Gives the memory of what was cleared back, in the background; entries not reached go when their time is up. */
  #reclaim(session: Session, epoch: number): void {
    const { sweeper, isCurrent } = this.#options;
    this.#clearedEpoch = epoch;
    const isWanted = (): boolean => isCurrent(session) && epoch === this.#clearedEpoch;
    sweeper.reclaim(session, epoch, isWanted).catch(() => {});
  }
}
