import type { Clock, Disposer } from '@evenkeel/core';
import type { Entry } from './entry.ts';
import type { Table } from './table.ts';

/*
 * With what comes on top, the event loop is held up for less than a millisecond: a Map that has become nearly empty
 * rehashes itself, which takes up to 0.4 ms at the size of our tables.
 */
const SLICE_MS = 0.4;

/* The clock is looked at once in so many entries. */
const BATCH = 32;

const PAUSE_MS = 1;

/* Where invalidations do not end, a pass begins after so many times what the last one took. */
const REST_FACTOR = 9;

/* What has expired takes memory for this long at most, and a slice or two. */
const INTERVAL_MS = 30_000;

export interface SweeperOptions {
  readonly clock: Clock;
  readonly tables: readonly Table[];
  /** Looks at an entry and removes it if it is dead. Returns whether it will have to be looked at again. */
  visit(entry: Entry): boolean;
  /** A pass is over: every entry that was there when `begin()` gave this number has been visited. */
  begin(): number;
  done(begun: number): void;
  /** No pass will follow, until one is asked for. */
  idle(): void;
}

/**
 * Visits all entries, in slices that leave the event loop free between them: at once when asked to, and every
 * 30 seconds while any entry has an expiry. Without such entries it has no timer.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #cancel: Disposer | undefined;
  #passing = false;
  #again = false;
  #begun = 0;
  #table = 0;
  #index = 0;
  #needed = false;
  /* A pass is planned as soon as may be. */
  #soon = false;
  /* What the slices of the pass have taken, in ms, and until when the next has to wait for that. */
  #spentMs = 0;
  #restUntil = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Sees to it that there will be a pass within the interval. */
  arm(): void {
    if (this.#cancel === undefined) this.#schedule(INTERVAL_MS);
  }

  /** Begins a pass soon, in the background; one that is under way is followed by another. */
  request(): void {
    if (this.#passing) {
      this.#again = true;
      return;
    }
    if (this.#soon) return;
    this.#cancel?.();
    this.#soon = true;
    this.#schedule(Math.max(0, this.#restUntil - this.#options.clock.monotonic()));
  }

  /** Makes a whole pass, at once. */
  sweep(): void {
    this.stop();
    this.#begin();
    this.#slice(Infinity);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#passing = false;
    this.#again = false;
    this.#soon = false;
    this.#options.idle();
  }

  #schedule(delayMs: number): void {
    this.#cancel = this.#options.clock.setTimeout(() => {
      this.#cancel = undefined;
      if (!this.#passing) this.#begin();
      this.#slice(SLICE_MS);
    }, delayMs);
  }

  #begin(): void {
    this.#passing = true;
    this.#again = false;
    this.#needed = false;
    this.#soon = false;
    this.#spentMs = 0;
    this.#begun = this.#options.begin();
    this.#table = 0;
    this.#index = 0;
  }

  #slice(budgetMs: number): void {
    const { clock, tables } = this.#options;
    const start = clock.monotonic();
    const end = start + budgetMs;
    for (let table = tables[this.#table]; table !== undefined; table = tables[++this.#table]) {
      while (this.#index < table.entries.length) {
        const until = Math.min(this.#index + BATCH, table.entries.length);
        for (; this.#index < until; this.#index++) {
          const entry = table.entries[this.#index];
          if (entry !== undefined && this.#options.visit(entry)) this.#needed = true;
        }
        if (clock.monotonic() >= end) {
          this.#spentMs += clock.monotonic() - start;
          this.#schedule(PAUSE_MS);
          return;
        }
      }
      this.#index = 0;
    }
    this.#finish(start);
  }

  #finish(sliceStart: number): void {
    const now = this.#options.clock.monotonic();
    this.#spentMs += now - sliceStart;
    this.#restUntil = now + REST_FACTOR * this.#spentMs;
    this.#passing = false;
    this.#options.done(this.#begun);
    if (this.#again) this.request();
    else if (this.#needed) this.#schedule(INTERVAL_MS);
    else this.#options.idle();
  }
}
