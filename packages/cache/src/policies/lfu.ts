import { LinkedSlots } from './linked-slots.ts';
import { type EvictionPolicy, type Resident, WATCHED } from './policy.ts';

/* The counts that matter are those near the bottom; a power of two, so that ranks wrap by a mask. */
const MAX_USES = 255;
const RANKS = MAX_USES + 1;

/**
 * The least frequently used goes first, of equals the one that has waited longest. Old favourites age: an
 * entry's rank is its uses plus the rank of the last victim at its last use, so that those that are used no
 * more are overtaken.
 *
 * LFU with dynamic ageing of M. Arlitt et al., "Evaluating content management techniques for Web proxy
 * caches", ACM SIGMETRICS Performance Evaluation Review 27 (2000), with uses counted up to 255: then the ranks
 * in use are fewer than 256 apart, and one queue for each makes all operations O(1).
 */
export class Lfu<Entry extends Resident = Resident> implements EvictionPolicy<Entry> {
  readonly #slots = new LinkedSlots<Entry>(RANKS);
  #count = 0;
  #newest: Entry | undefined;
  /* The rank of the last victim, modulo the number of ranks. */
  #age = 0;

  add(entry: Entry): void {
    entry.reuse = WATCHED;
    entry.queue = 1;
    entry.slot = this.#slots.insert(entry, this.#rank(1));
    this.#count += 1;
    this.#newest = entry;
  }

  hit(entry: Entry): void {
    const { slot } = entry;
    if (this.#slots.entries[slot] !== entry) return;
    if (entry.queue < MAX_USES) entry.queue += 1;
    this.#slots.unlink(slot);
    this.#slots.link(slot, this.#rank(entry.queue));
  }

  remove(entry: Entry): void {
    if (this.#slots.entries[entry.slot] !== entry) return;
    this.#slots.delete(entry.slot);
    entry.slot = -1;
    this.#count -= 1;
    if (entry === this.#newest) this.#newest = undefined;
  }

  evict(): Entry | undefined {
    const newest = this.#newest;
    if (newest === undefined || this.#count === 1) return this.#takeLowest();
    // The newcomer, which has had no time to be used, comes in when the victim has gone.
    this.#slots.unlink(newest.slot);
    const victim = this.#takeLowest();
    this.#slots.link(newest.slot, this.#rank(newest.queue));
    return victim;
  }

  clear(): void {
    this.#slots.clear();
    this.#count = 0;
    this.#newest = undefined;
    this.#age = 0;
  }

  #takeLowest(): Entry | undefined {
    if (this.#count === 0) return undefined;
    const { entries, next } = this.#slots;
    // Amortised O(1): the age goes up by no more ranks than uses have been counted.
    let rank = this.#age;
    while ((next[rank] as number) === rank) rank = (rank + 1) % RANKS;
    this.#age = rank;
    const entry = entries[next[rank] as number];
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  #rank(uses: number): number {
    return (this.#age + uses) % RANKS;
  }
}
