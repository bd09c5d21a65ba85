import type { Tried } from './strategy.ts';

/* 32 words of 32 ranks, so that the lowest one in use is two bit scans away. */
const WORDS = 32;

/** Ranks are from 0 to one below this; others count as the nearest of them. */
export const RANKS = 1024;

const NONE = -1;

/**
 * Slots by a small integer, their rank, in constant time however many there are: a bucket queue. Slots of the same
 * rank take turns.
 *
 * Each rank has a ring of slots. A slot whose rank has risen stays where it is until its turn comes, and is moved
 * then: a rank that soon falls again costs nothing. What `#used` tells is lazy in the same way: a bit that stands for
 * an empty ring is cleared when `take` comes across it.
 */
export class BucketQueue {
  /* By slot: the rank that it has, and the rank of the ring that it is in, which is never above; NONE while absent. */
  #rank = new Int32Array(16);
  #ring = new Int32Array(16).fill(NONE);
  #next = new Int32Array(16);
  #previous = new Int32Array(16);
  /* By rank: the slot whose turn it is, NONE where the ring is empty. */
  readonly #head = new Int32Array(RANKS).fill(NONE);
  /* A bit for each rank, and a bit for each word of those. */
  readonly #used = new Int32Array(WORDS);
  #usedWords = 0;

  has(slot: number): boolean {
    return slot < this.#ring.length && this.#ring[slot] !== NONE;
  }

  /** Gives a slot its rank; one that is absent comes in last among equals. */
  set(slot: number, rank: number): void {
    const bounded = rank < 0 ? 0 : rank < RANKS ? rank : RANKS - 1;
    if (slot >= this.#rank.length) this.#grow(slot);
    this.#rank[slot] = bounded;
    const ring = this.#ring[slot] as number;
    if (ring === NONE) {
      this.#link(slot, bounded);
    } else if (bounded < ring) {
      this.#unlink(slot, ring);
      this.#link(slot, bounded);
    }
  }

  /** Makes it the slot's turn among its equals. It must be there. */
  favour(slot: number): void {
    this.#head[this.#ring[slot] as number] = slot;
  }

  /** Takes the slot out; one that is absent is no error. */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    this.#unlink(slot, this.#ring[slot] as number);
    this.#ring[slot] = NONE;
  }

  /** A slot with the lowest rank, in turn among equals; -1 where there is none. */
  take(): number {
    const slot = this.peek();
    if (slot !== NONE) this.#head[this.#ring[slot] as number] = this.#next[slot] as number;
    return slot;
  }

  /** The slot that `take` would give. */
  peek(): number {
    while (this.#usedWords !== 0) {
      const word = 31 - Math.clz32(this.#usedWords & -this.#usedWords);
      const used = this.#used[word] as number;
      const ring = (word << 5) + 31 - Math.clz32(used & -used);
      const slot = this.#head[ring] as number;
      if (slot === NONE) {
        const rest = used & (used - 1);
        this.#used[word] = rest;
        if (rest === 0) this.#usedWords &= this.#usedWords - 1;
      } else if (this.#rank[slot] === ring) {
        return slot;
      } else {
        this.#unlink(slot, ring);
        this.#link(slot, this.#rank[slot] as number);
      }
    }
    return NONE;
  }

  /** As `take`, of those that are not among `tried`. */
  takeExcept(tried: Tried): number {
    const apart = tried.filter((slot) => this.has(slot));
    for (const slot of apart) this.remove(slot);
    const taken = this.take();
    for (const slot of apart) this.set(slot, this.#rank[slot] as number);
    return taken;
  }

  /* Last in its ring: right before the one whose turn it is. */
  #link(slot: number, ring: number): void {
    const head = this.#head[ring] as number;
    this.#ring[slot] = ring;
    if (head === NONE) {
      this.#next[slot] = slot;
      this.#previous[slot] = slot;
      this.#head[ring] = slot;
      const word = ring >> 5;
      this.#used[word] = (this.#used[word] as number) | (1 << (ring & 31));
      this.#usedWords |= 1 << word;
    } else {
      const last = this.#previous[head] as number;
      this.#next[slot] = head;
      this.#previous[slot] = last;
      this.#next[last] = slot;
      this.#previous[head] = slot;
    }
  }

  #unlink(slot: number, ring: number): void {
    const next = this.#next[slot] as number;
    const previous = this.#previous[slot] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    if (this.#head[ring] === slot) this.#head[ring] = next === slot ? NONE : next;
  }

  #grow(slot: number): void {
    let length = this.#rank.length;
    while (length <= slot) length *= 2;
    const longer = (column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(length).fill(NONE);
      copy.set(column);
      return copy;
    };
    this.#rank = longer(this.#rank);
    this.#ring = longer(this.#ring);
    this.#next = longer(this.#next);
    this.#previous = longer(this.#previous);
  }
}
