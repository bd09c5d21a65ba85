import { option, readValue } from '../options/index.ts';

/** The last `capacity` items, oldest first: an item pushed into a full buffer overwrites the oldest. */
export class RingBuffer<T> implements Iterable<T> {
  readonly capacity: number;
  /* Grows up to the capacity; from then on `#oldest` goes round in it. */
  #items: T[] = [];
  #oldest = 0;
  #dropped = 0;

  /**
   * @param capacity items to keep
   * @throws ConfigurationError unless it is a positive integer
   */
  constructor(capacity: number) {
    this.capacity = readValue('RingBuffer', 'capacity', capacity, option.integer({ min: 1 }));
  }

  get length(): number {
    return this.#items.length;
  }

  /** Items overwritten since the buffer was made. `clear` neither adds to it nor resets it. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The newest item. */
  get last(): T | undefined {
    return this.at(-1);
  }

  push(item: T): void {
    if (this.#items.length < this.capacity) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.capacity;
    this.#dropped += 1;
  }

  /** The item at `index`, where 0 is the oldest and -1 the newest; `undefined` outside. */
  at(index: number): T | undefined {
    const length = this.#items.length;
    const position = index < 0 ? length + index : index;
    if (!(position >= 0 && position < length)) return undefined;
    return this.#items[(this.#oldest + position) % length];
  }

  /** A copy, oldest first. */
  toArray(): T[] {
    return this.#items.slice(this.#oldest).concat(this.#items.slice(0, this.#oldest));
  }

  /** Oldest first, as the buffer is now: items pushed during the iteration are not seen by it. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.toArray()[Symbol.iterator]();
  }

  /** Forgets the items. */
  clear(): void {
    this.#items = [];
    this.#oldest = 0;
  }
}
