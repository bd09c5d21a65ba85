import type { Clock, Disposer } from '@evenkeel/core';

/* Nothing blocks a loop for a minute and recovers; a machine that was suspended wakes up like that. */
const SUSPENDED_MS = 60_000;

/**
 * By how much the timers of this thread come late: what blocks the event loop, or takes the CPU away from it,
 * delays everything else that falls due in the same way. A timer is set again and again for that; it does not
 * hold the process. A block is known to within the time between two of them, and reads as shorter rather than
 * longer, so an idle loop reads as 0.
 */
export class TimerLateness {
  readonly #clock: Clock;
  #everyMs: number;
  #cancel: Disposer | undefined;
  #dueMs = 0;
  #greatestMs = 0;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Begins a new interval. */
  start(): void {
    this.#greatestMs = 0;
    this.#set(this.#clock.monotonic());
  }

  /** Idempotent. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /**
   * The greatest since the previous call, in ms; a block that still goes on counts with its length so far, and the
   * next time in full. It looks by itself, so no timer has to come at the same time.
   *
   * @param everyMs time between two timers from now on
   */
  take(everyMs: number): number {
    if (!this.#cancel) return 0;
    this.#everyMs = everyMs;
    const nowMs = this.#clock.monotonic();
    const lateMs = this.#lateMs(nowMs);
    const greatestMs = Math.max(this.#greatestMs, lateMs);
    this.#greatestMs = 0;
    if (lateMs === 0) this.#set(nowMs);
    return greatestMs;
  }

  #set(nowMs: number): void {
    this.#cancel?.();
    this.#dueMs = nowMs + this.#everyMs;
    this.#cancel = this.#clock.setTimeout(() => this.#onTimer(), this.#everyMs);
  }

  #onTimer(): void {
    const nowMs = this.#clock.monotonic();
    this.#greatestMs = Math.max(this.#greatestMs, this.#lateMs(nowMs));
    this.#set(nowMs);
  }

  #lateMs(nowMs: number): number {
    const lateMs = nowMs - this.#dueMs;
    return lateMs > 0 && lateMs < SUSPENDED_MS ? lateMs : 0;
  }
}

/**
 * How late an event may be at most before the loop counts as exhausted: people notice 100 ms, and lose the
 * connection between what they did and what happens at a few times that. A collection of garbage or the parsing
 * of a large text stays below.
 */
export const EXHAUSTED_DELAY_MS = 250;
