import type { Clock, Disposer } from '@evenkeel/core';

/* An exchange is given up when it has been idle for the limit to a quarter more. */
const TICKS = 4;

/** Something that goes on for as long as there is progress. */
export interface Watched {
  /** The watch's tick at which there was progress last. */
  progressAt: number;
  /** There was none for too long. */
  idle(): void;
}

/**
 * Looks after many exchanges with one timer, which runs only while there are any. Noting progress is a store of an
 * integer: no clock is read, no timer set.
 */
export class IdleWatch {
  readonly limitMs: number;
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #tick = 0;
  #timer: Disposer | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.limitMs = limitMs;
  }

  /** What exchanges are to note at progress. */
  get now(): number {
    return this.#tick;
  }

  get size(): number {
    return this.#watched.size;
  }

  add(exchange: Watched): void {
    exchange.progressAt = this.#tick;
    this.#watched.add(exchange);
    this.#timer ??= this.#clock.setInterval(() => this.#look(), this.limitMs / TICKS);
  }

  /** One that is not watched is no error. */
  remove(exchange: Watched): void {
    this.#watched.delete(exchange);
    // The timer ends at its next tick: requests that come one by one don't set one each.
  }

  stop(): void {
    this.#watched.clear();
    this.#end();
  }

  #look(): void {
    this.#tick += 1;
    for (const exchange of this.#watched) {
      if (this.#tick - exchange.progressAt <= TICKS) continue;
      this.#watched.delete(exchange);
      exchange.idle();
    }
    if (this.#watched.size === 0) this.#end();
  }

  #end(): void {
    this.#timer?.();
    this.#timer = undefined;
  }
}
