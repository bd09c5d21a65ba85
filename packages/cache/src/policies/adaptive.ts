import { FrequencySketch } from './frequency-sketch.ts';
import { LinkedSlots } from './linked-slots.ts';
import { type EvictionPolicy, MAX_REUSE, type Resident, WATCHED } from './policy.ts';
import { admits, type Setting, windowEntries } from './setting.ts';
import { Tuner } from './tuner.ts';

/* The queues. In an entry's `queue`, the hits of a watched one are counted above the bit that says which. */
const WINDOW = 0;
const MAIN = 1;
const WATCHED_HIT = 2;

/* Bounds of the work of one eviction. */
const MAX_STEPS = 64;
const MAX_MOVES = 4;
const WATCH_SWEEP = 16;

/* After so many watched hits without an eviction there is nothing to choose between, and watching ends. */
const QUIET_HITS = 1024;

/**
 * The default: a FIFO window that all entries pass, a CLOCK behind it, and a sketch of how often each key was used
 * of late that decides which of those that leave the window without a hit take the place of the CLOCK's victim.
 * A hit costs one addition: it is counted in the entry, and credited to the sketch when the entry's turn comes.
 * How large the window is and whom the CLOCK admits is chosen while the cache runs, by small caches that serve a
 * sample of the keys in all of the ways: only the hits of the sample cost more, and only while entries are evicted.
 *
 * Window and sketch after W-TinyLFU (G. Einziger, R. Friedman and B. Manes, ACM Transactions on Storage 13, 2017),
 * counted hits in FIFO queues after S3-FIFO (J. Yang et al., SOSP 2023).
 */
export class Adaptive<Entry extends Resident = Resident> implements EvictionPolicy<Entry> {
  readonly #slots = new LinkedSlots<Entry>(2);
  readonly #sketch = new FrequencySketch();
  readonly #tuner = new Tuner();
  #pinned: Setting | undefined;
  #window = 0;
  #main = 0;
  /* The slot that the CLOCK looks at next; the end of the queue among them. */
  #hand = MAIN;
  /* The entries that there were room for when one was evicted last; 0: none was. */
  #capacity = 0;
  #watching = false;
  #quietHits = 0;
  /* Entries in slots from here on may still have to be watched. */
  #watchedUpTo = 0;

  /** The share of the entries that newcomers have to themselves. */
  get window(): number {
    return this.#setting.windowShare;
  }

  /** Keeps the window at a share, above 0 and below 1; `undefined` leaves it to the policy again. */
  pinWindow(share: number | undefined): void {
    this.#pinned =
      share === undefined ? undefined : { windowShare: share, admission: 'more-used', rounds: 'each-hit' };
    this.#watching = false;
  }

  add(entry: Entry): void {
    const { hash } = entry;
    const population = this.#window + this.#main + 1;
    this.#sketch.ensureCapacity(population);
    entry.queue = WINDOW;
    if (this.#watching && this.#tuner.samples(hash)) {
      entry.reuse = WATCHED;
      this.#tuner.request(hash);
    } else {
      entry.reuse = 0;
    }
    entry.slot = this.#slots.insert(entry, WINDOW);
    this.#window += 1;
    const isFilling = this.#capacity === 0 || population <= this.#capacity;
    if (!isFilling || this.#window <= windowEntries(population, this.window)) return;
    const oldest = this.#slots.entries[this.#slots.next[WINDOW] as number] as Entry;
    this.#sketch.add(oldest.hash, 1 + reuseOf(oldest));
    this.#promoteOldest();
  }

  hit(entry: Entry): void {
    if (entry.queue < WATCHED_HIT * MAX_REUSE) entry.queue += WATCHED_HIT;
    if (!this.#watching) {
      entry.reuse = entry.queue >> 1;
      entry.queue &= MAIN;
      return;
    }
    this.#quietHits += 1;
    if (this.#quietHits > QUIET_HITS) this.#watching = false;
    this.#tuner.request(entry.hash);
  }

  remove(entry: Entry): void {
    const { slot } = entry;
    if (this.#slots.entries[slot] !== entry) return;
    if (slot === this.#hand) this.#hand = this.#slots.next[slot] as number;
    this.#slots.delete(slot);
    entry.slot = -1;
    if ((entry.queue & MAIN) === WINDOW) this.#window -= 1;
    else this.#main -= 1;
  }

  evict(): Entry | undefined {
    const victim = this.#choose();
    if (victim !== undefined) this.remove(victim);
    return victim;
  }

  clear(): void {
    this.#slots.clear();
    this.#window = 0;
    this.#main = 0;
    this.#hand = MAIN;
    this.#capacity = 0;
    this.#watching = false;
  }

  get #setting(): Setting {
    return this.#pinned ?? this.#tuner.setting;
  }

  #choose(): Entry | undefined {
    const { entries, next } = this.#slots;
    const capacity = this.#window + this.#main - 1;
    // The newest is the last of the window.
    if (capacity < 2) return entries[next[MAIN] as number] ?? entries[next[WINDOW] as number];
    this.#capacity = capacity;
    if (this.#pinned === undefined) this.#watch(capacity);

    const { windowShare, admission } = this.#setting;
    const windowRoom = windowEntries(capacity, windowShare);
    for (let steps = 0; this.#window > windowRoom && steps < MAX_STEPS; steps += 1) {
      const candidate = entries[next[WINDOW] as number] as Entry;
      const reuse = reuseOf(candidate);
      const uses = this.#sketch.add(candidate.hash, 1 + reuse);
      // Those that a smaller window than before has no room for go on without a duel, a few at a time.
      const isSurplus = this.#main < capacity - windowRoom && steps < MAX_MOVES;
      if (reuse === 0 && !isSurplus) {
        const victim = this.#findVictim();
        if (victim === undefined || !admits(admission, uses, victim.hash, this.#sketch)) return candidate;
        this.#promoteOldest();
        return victim;
      }
      this.#promoteOldest();
    }
    return this.#findVictim() ?? entries[next[WINDOW] as number];
  }

  /* Moves the oldest of the window into the main queue, to where the hand comes last. */
  #promoteOldest(): void {
    const { entries, next } = this.#slots;
    const slot = next[WINDOW] as number;
    const entry = entries[slot] as Entry;
    this.#slots.unlink(slot);
    this.#slots.link(slot, this.#hand);
    entry.queue = MAIN;
    if (entry.reuse !== WATCHED) entry.reuse = 0;
    this.#window -= 1;
    this.#main += 1;
  }

  /* The first without hits that the hand comes to, or of many that all have some the one with the fewest. */
  #findVictim(): Entry | undefined {
    if (this.#main === 0) return undefined;
    const { entries, next } = this.#slots;
    const takesAll = this.#setting.rounds === 'one';
    let least: Entry | undefined;
    let leastReuse = MAX_REUSE + 1;
    for (let steps = 0; steps < MAX_STEPS; ) {
      const entry = entries[this.#hand];
      if (entry !== undefined) {
        const reuse = reuseOf(entry);
        if (reuse === 0) return entry;
        if (reuse < leastReuse) {
          least = entry;
          leastReuse = reuse;
        }
        const taken = takesAll ? reuse : 1;
        this.#sketch.add(entry.hash, taken);
        if (entry.reuse === WATCHED) entry.queue -= WATCHED_HIT * taken;
        else entry.reuse = reuse - taken;
        steps += 1;
      }
      this.#hand = next[this.#hand] as number;
    }
    return least;
  }

  /* Begins or goes on to watch the entries whose keys the tuner samples. */
  #watch(capacity: number): void {
    this.#quietHits = 0;
    if (this.#tuner.rests()) {
      this.#watching = false;
      return;
    }
    if (this.#tuner.setCapacity(capacity) || !this.#watching) this.#watchedUpTo = 0;
    this.#watching = true;
    const { entries } = this.#slots;
    const end = Math.min(entries.length, this.#watchedUpTo + WATCH_SWEEP);
    for (; this.#watchedUpTo < end; this.#watchedUpTo += 1) {
      const entry = entries[this.#watchedUpTo];
      if (entry === undefined) continue;
      const { hash, reuse } = entry;
      if (reuse === WATCHED || !this.#tuner.samples(hash)) continue;
      entry.queue += WATCHED_HIT * reuse;
      entry.reuse = WATCHED;
      this.#tuner.request(hash);
    }
  }
}

function reuseOf({ reuse, queue }: Resident): number {
  return reuse === WATCHED ? queue >> 1 : reuse;
}
