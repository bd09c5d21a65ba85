import { getEventListeners, setMaxListeners } from 'node:events';
import { seededRandom, VirtualClock } from '@evenkeel/core';
import { CacheManager, type LoadContext } from '../../src/index.ts';
import { liveBytes } from '../live-bytes.ts';

/** What is left of an hour when its load has ended and everything has expired. */
export interface Remains {
  readonly hour: number;
  readonly operations: number;
  readonly loads: number;
  readonly loadErrors: number;
  /** Most entries that there were. */
  readonly mostEntries: number;
  readonly entries: number;
  readonly inFlight: number;
  /** Timers of the cache. */
  readonly timers: number;
  /** Listeners on the signal that callers gave. */
  readonly listeners: number;
  /** Promises that callers got and that have not settled. */
  readonly waiting: number;
  /** After garbage collection. */
  readonly heapBytes: number;
}

export interface SoakOptions {
  readonly hours: number;
  readonly seed: number;
  readonly told?: (remains: Remains) => void;
}

/* Everything lives for five minutes at most, stale for two more, and is swept within half a minute then. */
const LOAD_MS = 50 * 60_000;
const QUIET_MS = 10 * 60_000;
const STEP_MS = 250;
const LONGEST_TTL_MS = 5 * 60_000;
const STALE_MS = 2 * 60_000;

const MOST_OPERATIONS = 8;

/**
 * Hours of virtual time under random load: keys, tags and errors that never come again beside such that always do,
 * loaders that take their time, fail, and never end. Gives what is left at the end of each hour.
 */
export async function soak({ hours, seed, told }: SoakOptions): Promise<Remains[]> {
  const clock = new VirtualClock();
  const load = new Soak(clock, seededRandom(seed));
  const all: Remains[] = [];
  for (let hour = 1; hour <= hours; hour++) {
    for (let ms = 0; ms < LOAD_MS; ms += STEP_MS) {
      load.step();
      await clock.advanceAsync(STEP_MS);
    }
    await clock.advanceAsync(QUIET_MS);
    const remains = load.remains(hour, clock.pending);
    all.push(remains);
    told?.(remains);
  }
  await load.stop();
  return all;
}

class Soak {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #cache: CacheManager;
  readonly #memoized: (id: number) => Promise<unknown>;
  /* One for all callers, as that of a server that shuts down is. */
  readonly #signal = new AbortController().signal;
  #operations = 0;
  #waiting = 0;
  #mostEntries = 0;
  #newest = 0;

  constructor(clock: VirtualClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
    setMaxListeners(Infinity, this.#signal);
    this.#cache = new CacheManager({
      clock,
      random,
      maxSize: 2000,
      defaultTtl: '1m',
      negativeTtl: '5s',
      errorTtl: '1s',
      staleWhileRevalidate: '30s',
      staleIfError: STALE_MS,
      loadTimeout: '10s',
    });
    this.#memoized = this.#cache.memoize((id: number) => this.#load(`memoized ${id}`), { name: 'm' });
  }

  step(): void {
    const count = this.#below(MOST_OPERATIONS + 1);
    for (let at = 0; at < count; at++) this.#do();
    this.#mostEntries = Math.max(this.#mostEntries, this.#cache.getStats().entries);
  }

  remains(hour: number, timers: number): Remains {
    const { entries, inFlight, loads, loadErrors } = this.#cache.getStats();
    return {
      hour,
      operations: this.#operations,
      loads,
      loadErrors,
      mostEntries: this.#mostEntries,
      entries,
      inFlight,
      timers,
      listeners: getEventListeners(this.#signal, 'abort').length,
      waiting: this.#waiting,
      heapBytes: liveBytes(),
    };
  }

  async stop(): Promise<void> {
    await this.#cache.stop();
  }

  #do(): void {
    this.#operations++;
    const cache = this.#cache;
    const key = this.#key();
    const tags = [`tag ${this.#below(20)}`, `tag of ${key}`];
    const kind = this.#random();
    if (kind < 0.45) {
      this.#wait(
        cache.getOrLoad(key, (context) => this.#load(key, context), {
          tags: kind < 0.1 ? () => tags : tags,
          ttl: 1 + this.#below(LONGEST_TTL_MS),
          ...(kind < 0.3 && { signal: this.#signal }),
        }),
      );
    } else if (kind < 0.55) {
      const keys = Array.from({ length: 1 + this.#below(10) }, () => this.#key());
      this.#wait(
        cache.loadMany(keys, async (missing) => {
          await this.#load(`${missing}`);
          return missing.map(() => this.#operations);
        }),
      );
    } else if (kind < 0.65) {
      this.#wait(this.#memoized(this.#below(50)));
    } else if (kind < 0.8) {
      this.#wait(
        cache.set(key, { key }, { tags, ttl: 1 + this.#below(LONGEST_TTL_MS), keepStale: STALE_MS }),
      );
    } else if (kind < 0.88) {
      this.#wait(cache.delete(key));
    } else if (kind < 0.96) {
      this.#wait(cache.invalidateTags(tags[this.#below(2)] as string, { soft: kind < 0.92 }));
    } else if (kind < 0.98) {
      this.#wait(cache.invalidatePrefix(key.slice(0, -1), { soft: kind < 0.97 }));
    } else if (kind < 0.99) {
      this.#wait(cache.invalidatePattern(`*${this.#below(100)}`));
    } else if (kind < 0.9998) {
      cache.local.maxSize = 100 + this.#below(2000);
    } else {
      this.#wait(cache.clear());
    }
  }

  /** One of a few, or one that there has not been before. */
  #key(): string {
    return this.#random() < 0.6 ? `often ${this.#below(200)}` : `seldom ${++this.#newest}`;
  }

  #load(what: string, context?: LoadContext): Promise<unknown> {
    const kind = this.#random();
    if (kind < 0.01) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.setTimeout(() => {
        if (kind < 0.08) reject(new Error(`could not load ${what}`));
        else resolve(kind < 0.12 ? undefined : kind < 0.15 ? null : { what, at: this.#operations });
      }, this.#random() * 2000);
      context?.signal.addEventListener('abort', cancel);
    });
  }

  #wait(promise: Promise<unknown>): void {
    this.#waiting++;
    const settled = () => {
      this.#waiting--;
    };
    promise.then(settled, settled);
  }

  #below(count: number): number {
    return Math.floor(count * this.#random());
  }
}
