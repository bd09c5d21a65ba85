/* The window moves on by this part of it. */
const PARTS = 10;

/** Two counts over the last `windowMs`, to a tenth of it: in bounded memory, without a timer. */
export class SlidingCounts {
  readonly #partMs: number;
  readonly #firsts = new Float64Array(PARTS);
  readonly #seconds = new Float64Array(PARTS);
  #part = Number.NEGATIVE_INFINITY;
  #at = 0;
  first = 0;
  second = 0;

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS;
  }

  /** Forgets what has become too old. Times never go back. */
  moveTo(nowMs: number): void {
    const part = Math.floor(nowMs / this.#partMs);
    if (part > this.#part) this.#move(part);
  }

  /** After `moveTo`. */
  add(first: number, second: number): void {
    const at = this.#at;
    this.#firsts[at] = (this.#firsts[at] as number) + first;
    this.#seconds[at] = (this.#seconds[at] as number) + second;
    this.first += first;
    this.second += second;
  }

  #move(part: number): void {
    const steps = Math.min(PARTS, part - this.#part);
    for (let step = 1; step <= steps; step++) {
      const at = (this.#at + step) % PARTS;
      this.first -= this.#firsts[at] as number;
      this.second -= this.#seconds[at] as number;
      this.#firsts[at] = 0;
      this.#seconds[at] = 0;
    }
    this.#at = (this.#at + steps) % PARTS;
    this.#part = part;
  }
}
