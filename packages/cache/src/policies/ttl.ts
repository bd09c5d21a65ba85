import type { EvictionPolicy, Resident } from './policy.ts';

/** An entry that says when it expires. */
export interface Expiring extends Resident {
  /** When it expires, in ms of the cache's clock; `Infinity` where it never does. */
  readonly expiresAt: number;
}

const INITIAL_CAPACITY = 16;

/**
 * The soonest to expire goes first, of equals the first that came. A binary heap of the entries' expiries, in
 * which each knows its place, so that any can be removed: all in O(log n).
 *
 * Where an entry's expiry is put off, the heap learns of it when the entry's turn comes; where it is brought
 * forward, remove the entry and add it again.
 */
export class SoonestToExpire<Entry extends Expiring = Expiring> implements EvictionPolicy<Entry> {
  readonly #heap: Entry[] = [];
  /* What the heap is ordered by, at the places of the entries. */
  #expiries = new Float64Array(INITIAL_CAPACITY);
  #arrivals = new Float64Array(INITIAL_CAPACITY);
  #arrived = 0;

  add(entry: Entry): void {
    const place = this.#heap.length;
    if (place === this.#expiries.length) this.#grow();
    this.#heap.push(entry);
    this.#arrived += 1;
    this.#rise(entry, place, entry.expiresAt, this.#arrived);
  }

  hit(): void {}

  remove(entry: Entry): void {
    const place = entry.slot;
    if (this.#heap[place] !== entry) return;
    const last = this.#heap.length - 1;
    const moved = this.#heap.pop();
    entry.slot = -1;
    if (moved === undefined || moved === entry) return;
    this.#settle(moved, place, this.#expiries[last] as number, this.#arrivals[last] as number);
  }

  evict(): Entry | undefined {
    let entry = this.#heap[0];
    while (entry !== undefined && entry.expiresAt > (this.#expiries[0] as number)) {
      this.#sink(entry, 0, entry.expiresAt, this.#arrivals[0] as number);
      entry = this.#heap[0];
    }
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#expiries = new Float64Array(INITIAL_CAPACITY);
    this.#arrivals = new Float64Array(INITIAL_CAPACITY);
  }

  /* Finds the place of an entry that takes that of another. */
  #settle(entry: Entry, place: number, expiry: number, arrival: number): void {
    if (place > 0 && this.#goesBefore(expiry, arrival, (place - 1) >> 1)) {
      this.#rise(entry, place, expiry, arrival);
    } else {
      this.#sink(entry, place, expiry, arrival);
    }
  }

  #rise(entry: Entry, from: number, expiry: number, arrival: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#goesBefore(expiry, arrival, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(entry, place, expiry, arrival);
  }

  #sink(entry: Entry, from: number, expiry: number, arrival: number): void {
    const count = this.#heap.length;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      const other = child + 1;
      if (
        other < count &&
        this.#goesBefore(this.#expiries[other] as number, this.#arrivals[other] as number, child)
      ) {
        child = other;
      }
      if (this.#goesBefore(expiry, arrival, child)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(entry, place, expiry, arrival);
  }

  #goesBefore(expiry: number, arrival: number, place: number): boolean {
    const other = this.#expiries[place] as number;
    return expiry < other || (expiry === other && arrival < (this.#arrivals[place] as number));
  }

  #move(from: number, to: number): void {
    const entry = this.#heap[from];
    if (entry === undefined) return;
    this.#put(entry, to, this.#expiries[from] as number, this.#arrivals[from] as number);
  }

  #put(entry: Entry, place: number, expiry: number, arrival: number): void {
    this.#heap[place] = entry;
    this.#expiries[place] = expiry;
    this.#arrivals[place] = arrival;
    entry.slot = place;
  }

  #grow(): void {
    const capacity = this.#expiries.length * 2;
    const expiries = new Float64Array(capacity);
    const arrivals = new Float64Array(capacity);
    expiries.set(this.#expiries);
    arrivals.set(this.#arrivals);
    this.#expiries = expiries;
    this.#arrivals = arrivals;
  }
}
