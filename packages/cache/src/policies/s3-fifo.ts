import { GhostQueue } from './ghost-queue.ts';
import { LinkedSlots } from './linked-slots.ts';
import type { EvictionPolicy, Resident } from './policy.ts';

const SMALL = 0;
const MAIN = 1;

/* As in the paper: the share of the small queue, and the hits by which an entry leaves it for the main one. */
const SMALL_SHARE = 0.1;
const PROMOTING_REUSE = 2;

/**
 * S3-FIFO: new entries pass through a small queue, those that are hit there or come back soon after they were
 * evicted go into the main one, where hits give further rounds.
 *
 * J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO Queues are All You Need for Cache Eviction",
 * SOSP 2023.
 */
export class S3Fifo<Entry extends Resident = Resident> implements EvictionPolicy<Entry> {
  readonly #slots = new LinkedSlots<Entry>(2);
  readonly #ghosts = new GhostQueue();
  #small = 0;
  #main = 0;
  #newest: Entry | undefined;

  add(entry: Entry): void {
    entry.queue = this.#ghosts.take(entry.hash) ? MAIN : SMALL;
    entry.slot = this.#slots.insert(entry, entry.queue);
    this.#count(entry.queue, 1);
    this.#newest = entry;
  }

  hit(): void {}

  remove(entry: Entry): void {
    if (this.#slots.entries[entry.slot] !== entry) return;
    this.#slots.delete(entry.slot);
    entry.slot = -1;
    this.#count(entry.queue, -1);
    if (entry === this.#newest) this.#newest = undefined;
  }

  evict(): Entry | undefined {
    const newest = this.#newest;
    if (newest === undefined || this.#small + this.#main === 1) return this.#take();
    // The newcomer, which must not be the victim, comes in when that has gone.
    this.#slots.unlink(newest.slot);
    this.#count(newest.queue, -1);
    const victim = this.#take();
    this.#slots.link(newest.slot, newest.queue);
    this.#count(newest.queue, 1);
    return victim;
  }

  clear(): void {
    this.#slots.clear();
    this.#small = 0;
    this.#main = 0;
    this.#newest = undefined;
  }

  #count(queue: number, change: number): void {
    if (queue === SMALL) this.#small += change;
    else this.#main += change;
  }

  #take(): Entry | undefined {
    // The cache is full when it has us evict, so that its population stands for its capacity.
    const smallTarget = SMALL_SHARE * (this.#small + this.#main);
    if (this.#small > 0 && (this.#small >= smallTarget || this.#main === 0)) {
      const entry = this.#evictFromSmall();
      if (entry !== undefined) return entry;
    }
    return this.#evictFromMain();
  }

  #evictFromSmall(): Entry | undefined {
    const slots = this.#slots;
    for (;;) {
      const slot = slots.next[SMALL] as number;
      const entry = slots.entries[slot];
      if (entry === undefined) return undefined;
      if (entry.reuse < PROMOTING_REUSE) {
        this.remove(entry);
        this.#ghosts.add(entry.hash, this.#small + this.#main);
        return entry;
      }
      slots.unlink(slot);
      slots.link(slot, MAIN);
      entry.queue = MAIN;
      entry.reuse = 0;
      this.#small -= 1;
      this.#main += 1;
    }
  }

  #evictFromMain(): Entry | undefined {
    const slots = this.#slots;
    for (;;) {
      const slot = slots.next[MAIN] as number;
      const entry = slots.entries[slot];
      if (entry === undefined) return undefined;
      if (entry.reuse === 0) {
        this.remove(entry);
        return entry;
      }
      entry.reuse -= 1;
      slots.unlink(slot);
      slots.link(slot, MAIN);
    }
  }
}
