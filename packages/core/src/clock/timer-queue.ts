/** A timer of a {@link VirtualClock}. */
export interface Timer {
  /** In the order in which timers were set. */
  readonly id: number;
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly callback: () => void;
  /** Where it is in the queue's heap; -1 while it is not queued. */
  position: number;
}

/** Timers by due time, then by id: a binary heap, so that simulations may have many thousands waiting. */
export class TimerQueue {
  readonly #heap: Timer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  first(): Timer | undefined {
    return this.#heap[0];
  }

  add(timer: Timer): void {
    this.#heap.push(timer);
    this.#place(timer, this.#heap.length - 1);
    this.#rise(timer);
  }

  /** A timer that is not queued is no error. */
  remove(timer: Timer): void {
    const { position } = timer;
    if (position < 0) return;
    timer.position = -1;
    const last = this.#heap.pop();
    if (!last || last === timer) return;
    this.#place(last, position);
    this.#rise(last);
    this.#sink(last);
  }

  #place(timer: Timer, position: number): void {
    this.#heap[position] = timer;
    timer.position = position;
  }

  #swap(a: Timer, b: Timer): void {
    const position = a.position;
    this.#place(a, b.position);
    this.#place(b, position);
  }

  #rise(timer: Timer): void {
    for (;;) {
      const parent = this.#heap[(timer.position - 1) >> 1];
      if (timer.position === 0 || !parent || !isBefore(timer, parent)) return;
      this.#swap(timer, parent);
    }
  }

  #sink(timer: Timer): void {
    for (;;) {
      const left = this.#heap[2 * timer.position + 1];
      const right = this.#heap[2 * timer.position + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, timer)) return;
      this.#swap(timer, child);
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
}
