import { LRUCache } from 'lru-cache';
import { type EvictionPolicy, type Resident, WATCHED } from './policy.ts';

/** The least recently used goes first: the order is kept by [lru-cache](https://github.com/isaacs/node-lru-cache). */
export class Lru<Entry extends Resident = Resident> implements EvictionPolicy<Entry> {
  /* Limited by a size that is never reached, for with a limit of entries it would allocate them all up front. */
  readonly #order = new LRUCache<string, Entry>({
    maxSize: Number.MAX_SAFE_INTEGER,
    sizeCalculation: () => 1,
  });

  add(entry: Entry): void {
    entry.reuse = WATCHED;
    this.#order.set(entry.key, entry);
  }

  hit(entry: Entry): void {
    this.#order.get(entry.key);
  }

  remove(entry: Entry): void {
    if (this.#order.peek(entry.key) === entry) this.#order.delete(entry.key);
  }

  evict(): Entry | undefined {
    return this.#order.pop();
  }

  clear(): void {
    this.#order.clear();
  }
}
