/**
 * How much a counter has grown since it was first seen. A value lower than the one before means that the counter has
 * begun again from 0, as when its process was restarted.
 */
export class Growth {
  #last: number | undefined;
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(value: number): void {
    if (this.#last !== undefined) this.#total += value < this.#last ? value : value - this.#last;
    this.#last = value;
  }
}
