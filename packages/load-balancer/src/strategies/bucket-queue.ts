import type { Tried } from './strategy.ts';

/* 32 words of 32 ranks, so that the lowest one in use is two bit scans away. */
const WORDS = 32;

/** Ranks are from 0 to one below this; others count as the nearest of them. */
export const RANKS = 1024;

const ABSENT = -1;

/**
 * Slots by a small integer, their rank, in constant time however many there are: a bucket queue. Among those of the
 * same rank comes first who got it first.
 *
 * Nothing here depends on whether a rank rises or falls, or on who else has it: such branches are not to be predicted,
 * and cost more than all the rest.
 */
export class BucketQueue {
  /*
   * A ring of nodes for each rank: node r is the end of the ring of rank r, node RANKS + s is slot s. Each node has its
   * next at 2i and its previous at 2i + 1.
   */
  #links = new Int32Array(2 * (RANKS + 16));
  #ranks = new Int32Array(16).fill(ABSENT);
  /* A bit for each rank, and one for each word of those. One that stands for an empty ring goes when it is found. */
  readonly #used = new Int32Array(WORDS);
  #usedWords = 0;

  constructor() {
    for (let rank = 0; rank < RANKS; rank++) {
      this.#links[2 * rank] = rank;
      this.#links[2 * rank + 1] = rank;
    }
  }

  has(slot: number): boolean {
    return slot < this.#ranks.length && this.#ranks[slot] !== ABSENT;
  }

  /** A slot with the lowest rank; -1 where there is none. */
  get first(): number {
    while (this.#usedWords !== 0) {
      const word = 31 - Math.clz32(this.#usedWords & -this.#usedWords);
      const used = this.#used[word] as number;
      const rank = (word << 5) + 31 - Math.clz32(used & -used);
      const node = this.#links[2 * rank] as number;
      if (node !== rank) return node - RANKS;
      const rest = used & (used - 1);
      this.#used[word] = rest;
      if (rest === 0) this.#usedWords &= this.#usedWords - 1;
    }
    return ABSENT;
  }

  /** A slot with the lowest rank of those that are not among `tried`; -1 where there is none. */
  firstExcept(tried: Tried): number {
    const apart: [slot: number, rank: number][] = [];
    for (const slot of tried) {
      if (!this.has(slot)) continue;
      apart.push([slot, this.#ranks[slot] as number]);
      this.remove(slot);
    }
    const { first } = this;
    for (const [slot, rank] of apart) this.add(slot, rank);
    return first;
  }

  /** Puts in a slot that is absent: before `other` where that has the same rank, else last among equals. */
  add(slot: number, rank: number, other = ABSENT): void {
    if (slot >= this.#ranks.length) this.#grow(slot);
    const bounded = within(rank);
    this.#link(slot, bounded, other !== ABSENT && this.#ranks[other] === bounded ? RANKS + other : bounded);
  }

  /** Gives a slot that is there another rank, last among equals. The same one changes nothing. */
  move(slot: number, rank: number): void {
    const bounded = within(rank);
    if (this.#ranks[slot] === bounded) return;
    this.#unlink(slot);
    this.#link(slot, bounded, bounded);
  }

  /** Takes the slot out; one that is absent is no error. */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    this.#unlink(slot);
    this.#ranks[slot] = ABSENT;
  }

  #link(slot: number, rank: number, next: number): void {
    const links = this.#links;
    const node = RANKS + slot;
    const previous = links[2 * next + 1] as number;
    links[2 * node] = next;
    links[2 * node + 1] = previous;
    links[2 * previous] = node;
    links[2 * next + 1] = node;
    this.#ranks[slot] = rank;
    const word = rank >> 5;
    this.#used[word] = (this.#used[word] as number) | (1 << (rank & 31));
    this.#usedWords |= 1 << word;
  }

  #unlink(slot: number): void {
    const links = this.#links;
    const node = RANKS + slot;
    const next = links[2 * node] as number;
    const previous = links[2 * node + 1] as number;
    links[2 * previous] = next;
    links[2 * next + 1] = previous;
  }

  #grow(slot: number): void {
    let length = this.#ranks.length;
    while (length <= slot) length *= 2;
    const links = new Int32Array(2 * (RANKS + length));
    links.set(this.#links);
    this.#links = links;
    const ranks = new Int32Array(length).fill(ABSENT);
    ranks.set(this.#ranks);
    this.#ranks = ranks;
  }
}

function within(rank: number): number {
  return Math.max(0, Math.min(rank, RANKS - 1));
}
