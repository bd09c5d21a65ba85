/* Room for a handful of entries; what a cache needs beyond it comes by doubling. */
const INITIAL_SLOTS = 16;

/**
 * Entries in numbered slots, linked into circular queues: insertion and removal anywhere in O(1), no
 * allocation but when the arrays double. The first slots are the queues' ends: queue `q` begins after slot `q`
 * and ends before it.
 */
export class LinkedSlots<Entry> {
  /** The entry of each slot; none at the ends of queues and in free slots. */
  entries: (Entry | undefined)[] = [];
  next: Int32Array = new Int32Array(0);
  previous: Int32Array = new Int32Array(0);
  readonly #queues: number;
  /* The first of the free slots, which are linked by `next`; 0 where there is none. */
  #free = 0;

  constructor(queues: number) {
    this.#queues = queues;
    this.clear();
  }

  clear(): void {
    const slots = this.#queues + INITIAL_SLOTS;
    this.entries = new Array<Entry | undefined>(slots).fill(undefined);
    this.next = new Int32Array(slots);
    this.previous = new Int32Array(slots);
    for (let queue = 0; queue < this.#queues; queue += 1) {
      this.next[queue] = queue;
      this.previous[queue] = queue;
    }
    this.#chainFree(this.#queues);
  }

  /** Puts an entry into a slot and links it before another: before the end of a queue makes it the last. */
  insert(entry: Entry, before: number): number {
    if (this.#free === 0) this.#grow();
    const slot = this.#free;
    this.#free = this.next[slot] as number;
    this.entries[slot] = entry;
    this.link(slot, before);
    return slot;
  }

  /** Takes a slot out of its queue and frees it. */
  delete(slot: number): void {
    this.unlink(slot);
    this.entries[slot] = undefined;
    this.next[slot] = this.#free;
    this.#free = slot;
  }

  /** Links a slot that is in no queue before another. */
  link(slot: number, before: number): void {
    const { next, previous } = this;
    const after = previous[before] as number;
    next[after] = slot;
    previous[slot] = after;
    next[slot] = before;
    previous[before] = slot;
  }

  /** Takes a slot out of its queue; it keeps its entry. */
  unlink(slot: number): void {
    const { next, previous } = this;
    const after = next[slot] as number;
    const before = previous[slot] as number;
    next[before] = after;
    previous[after] = before;
  }

  #grow(): void {
    const old = this.next.length;
    const slots = old * 2;
    const next = new Int32Array(slots);
    const previous = new Int32Array(slots);
    next.set(this.next);
    previous.set(this.previous);
    this.next = next;
    this.previous = previous;
    for (let slot = old; slot < slots; slot += 1) this.entries.push(undefined);
    this.#chainFree(old);
  }

  #chainFree(from: number): void {
    const { next } = this;
    for (let slot = from; slot < next.length - 1; slot += 1) next[slot] = slot + 1;
    next[next.length - 1] = 0;
    this.#free = from;
  }
}
