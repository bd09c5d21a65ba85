import { LinkedSlots } from './linked-slots.ts';
import type { EvictionPolicy, Resident } from './policy.ts';

const QUEUE = 0;

/** First in, first out: hits count for nothing. */
export class Fifo<Entry extends Resident = Resident> implements EvictionPolicy<Entry> {
  readonly #slots = new LinkedSlots<Entry>(1);

  add(entry: Entry): void {
    entry.slot = this.#slots.insert(entry, QUEUE);
  }

  hit(): void {}

  remove(entry: Entry): void {
    if (this.#slots.entries[entry.slot] !== entry) return;
    this.#slots.delete(entry.slot);
    entry.slot = -1;
  }

  evict(): Entry | undefined {
    const entry = this.#slots.entries[this.#slots.next[QUEUE] as number];
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  clear(): void {
    this.#slots.clear();
  }
}
