import type { Clock, Disposer } from '@evenkeel/core';

/** Something that happens at a time unless it is removed before. */
export interface Deadline {
  /** By the clock's `monotonic()`. Not to be changed while it is listed. */
  dueMs: number;
  /** Where it is in the heap; -1 while it is not listed. */
  position: number;
  expire(nowMs: number): void;
}

/**
 * Many deadlines on one timer of the clock: a binary heap by due time. Most come in ascending order and go before they
 * are due, so that adding one costs a few comparisons; the timer is left as it is when the first one goes, finds
 * nothing due, and is set for the next. A platform's timer for each would cost several times as much.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: Disposer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** It must not be listed. */
  add(deadline: Deadline, nowMs: number): void {
    const heap = this.#heap;
    heap.push(deadline);
    this.#rise(deadline, heap.length - 1);
    if (deadline.dueMs < this.#timerMs) this.#arm(deadline.dueMs, nowMs);
  }

  /** One that is not listed is no error. */
  remove(deadline: Deadline): void {
    const { position } = deadline;
    if (position < 0) return;
    deadline.position = -1;
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || last === deadline) return;
    this.#rise(last, position);
    if (last.position === position) this.#sink(last, position);
  }

  /** Takes the timer off the clock; the next deadline sets it again. For when none is listed. */
  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  #arm(dueMs: number, nowMs: number): void {
    this.#timer?.();
    this.#timerMs = dueMs;
    this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(0, dueMs - nowMs));
  }

  #fire(): void {
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonic();
    for (let first = this.#heap[0]; first && first.dueMs <= nowMs; first = this.#heap[0]) {
      this.remove(first);
      first.expire(nowMs);
    }
    const [next] = this.#heap;
    if (next && next.dueMs < this.#timerMs) this.#arm(next.dueMs, nowMs);
  }

  #rise(deadline: Deadline, from: number): void {
    const heap = this.#heap;
    let position = from;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = heap[above] as Deadline;
      if (parent.dueMs <= deadline.dueMs) break;
      heap[position] = parent;
      parent.position = position;
      position = above;
    }
    heap[position] = deadline;
    deadline.position = position;
  }

  #sink(deadline: Deadline, from: number): void {
    const heap = this.#heap;
    const { length } = heap;
    let position = from;
    for (;;) {
      let below = 2 * position + 1;
      if (below >= length) break;
      if (below + 1 < length && (heap[below + 1] as Deadline).dueMs < (heap[below] as Deadline).dueMs)
        below += 1;
      const child = heap[below] as Deadline;
      if (deadline.dueMs <= child.dueMs) break;
      heap[position] = child;
      child.position = position;
      position = below;
    }
    heap[position] = deadline;
    deadline.position = position;
  }
}
