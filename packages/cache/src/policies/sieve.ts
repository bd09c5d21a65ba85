import { LinkedSlots } from './linked-slots.ts';
import type { EvictionPolicy, Resident } from './policy.ts';

const QUEUE = 0;

/**
 * SIEVE: a hand goes from the oldest to the newest and takes the first entry that was not hit since it last
 * passed; the others stay where they are.
 *
 * Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is Simpler than LRU", NSDI 2024.
 */
export class Sieve<Entry extends Resident = Resident> implements EvictionPolicy<Entry> {
  readonly #slots = new LinkedSlots<Entry>(1);
  /* The slot that the hand looks at next; the end of the queue stands for its beginning. */
  #hand = QUEUE;

  add(entry: Entry): void {
    entry.slot = this.#slots.insert(entry, QUEUE);
  }

  hit(): void {}

  remove(entry: Entry): void {
    const { slot } = entry;
    if (this.#slots.entries[slot] !== entry) return;
    if (slot === this.#hand) this.#hand = this.#slots.next[slot] as number;
    this.#slots.delete(slot);
    entry.slot = -1;
  }

  evict(): Entry | undefined {
    const slots = this.#slots;
    const newest = slots.previous[QUEUE] as number;
    const only = slots.next[QUEUE] === newest;
    if (newest === QUEUE || only) {
      const entry = slots.entries[newest];
      if (entry !== undefined) this.remove(entry);
      return entry;
    }
    // The newcomer, which the hand must not take, comes in when the victim has gone.
    if (this.#hand === newest) this.#hand = QUEUE;
    slots.unlink(newest);
    const victim = this.#takeNext();
    slots.link(newest, QUEUE);
    return victim;
  }

  clear(): void {
    this.#slots.clear();
    this.#hand = QUEUE;
  }

  #takeNext(): Entry {
    const { entries, next } = this.#slots;
    for (;;) {
      const entry = entries[this.#hand];
      if (entry !== undefined) {
        if (entry.reuse === 0) {
          this.remove(entry);
          return entry;
        }
        entry.reuse = 0;
      }
      this.#hand = next[this.#hand] as number;
    }
  }
}
