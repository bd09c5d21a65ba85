import type { Clock, Disposer } from '@evenkeel/core';

/** Something that happens at a time unless it is taken off the list before. */
export interface Timed {
  /** By the clock's `monotonic()`. Not to be changed while it is listed. */
  readonly dueMs: number;
  before: Timed | undefined;
  after: Timed | undefined;
  expire(): void;
}

/**
 * Many time-outs on one timer of the clock. There are few at a time, and nearly all are taken off long before they are
 * due: so they are a list in no order, looked through when the timer fires, and nothing else costs more than a pointer.
 */
export class Timeouts {
  readonly clock: Clock;
  #first: Timed | undefined;
  #timer: Disposer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(timed: Timed, nowMs: number): void {
    const first = this.#first;
    timed.after = first;
    if (first) first.before = timed;
    this.#first = timed;
    if (timed.dueMs < this.#timerMs) this.#arm(timed.dueMs, nowMs);
  }

  /** One that is not listed is no error. */
  remove(timed: Timed): void {
    const { before, after } = timed;
    if (before) before.after = after;
    else if (this.#first === timed) this.#first = after;
    if (after) after.before = before;
    timed.before = undefined;
    timed.after = undefined;
  }

  #arm(dueMs: number, nowMs: number): void {
    this.#timer?.();
    this.#timerMs = dueMs;
    this.#timer = this.clock.setTimeout(() => this.#fire(), Math.max(0, dueMs - nowMs));
  }

  #fire(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    const nowMs = this.clock.monotonic();
    const due: Timed[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (let timed = this.#first; timed; timed = timed.after) {
      if (timed.dueMs <= nowMs) due.push(timed);
      else nextMs = Math.min(nextMs, timed.dueMs);
    }
    for (const timed of due) this.remove(timed);
    if (nextMs < this.#timerMs) this.#arm(nextMs, nowMs);
    for (const timed of due) timed.expire();
  }
}
