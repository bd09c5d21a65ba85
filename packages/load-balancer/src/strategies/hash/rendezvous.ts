import { hashString } from './hash-string.ts';

/*
 * Keys fall into this many classes, and a class goes to one server. The more classes, the more even the shares: with
 * 1000 servers the largest is 5 % above the mean. 2^21 keep the busiest of 1000 servers within 1.15 of the mean for
 * 10^6 keys, where the luck of the keys alone makes 1.10; half as many often don't.
 */
const CLASS_BITS = 21;
const CLASSES = 2 ** CLASS_BITS;
const CLASS_MASK = CLASSES - 1;
/* Up to so many servers, going through them takes no longer than looking into the table would, which has 8 MB. */
const MOST_WITHOUT_TABLE = 16;
/* An entry of the table: 20 bits for the slot, 12 for the version of the fleet it was right for. */
const SLOT_BITS = 20;
const SLOT_MASK = 2 ** SLOT_BITS - 1;
const LAST_VERSION = 2 ** (32 - SLOT_BITS) - 1;
/* So many changes are made up for in an entry one by one; behind more, the class is worked out anew. */
const CHANGES_KEPT = 64;
const NEVER = LAST_VERSION + 1;
const FIRST_ROOM = 16;

/**
 * Rendezvous hashing (D. G. Thaler and C. V. Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM
 * Transactions on Networking 6 (1998)): each server has a score for each class of keys, which depends on the two
 * alone, and the lowest wins. So what a class gets depends on the servers and their weights, not on their history, and
 * a change moves no keys but those from or to the server that changed.
 *
 * Scores are exponential variables, divided by the server's weight, so that each wins in proportion to its weight.
 * Those of one server are not independent, but made of the ranks of the classes in a permutation of its own: each
 * server has as many low scores as any other, which halves the variance of the shares.
 *
 * Winners are worked out when they are first asked for, in time proportional to the servers, and kept in a table. A
 * change of the fleet costs next to nothing: an entry is brought up to date when it is next asked for, mostly by one
 * comparison. So nothing is ever built that would hold up the event loop.
 */
export class Rendezvous {
  /* By slot: its id, what chooses its permutation, 1 / weight (Infinity where there is no server), its version. */
  readonly #ids: string[] = [];
  #offsets = new Int32Array(FIRST_ROOM);
  #factors = new Int32Array(FIRST_ROOM);
  #inverse = new Float64Array(FIRST_ROOM).fill(Infinity);
  #since = new Int32Array(FIRST_ROOM).fill(NEVER);
  /* Slots are below this. */
  #end = 0;
  #size = 0;
  /* Whether all weights are equal. */
  #isUniform = true;

  #table: Uint32Array | undefined;
  /* What the fleet is now; 0 marks an entry that was never right. */
  #version = 1;
  /* The slot that each of the last versions changed, by the version modulo the length. */
  readonly #changes = new Int32Array(CHANGES_KEPT);

  /** Puts a server in, or changes its weight, which must be above 0. */
  set(slot: number, id: string, weight: number): void {
    if (slot > SLOT_MASK) throw new RangeError(`hash takes ${SLOT_MASK + 1} servers at most`);
    if (slot >= this.#since.length) this.#grow(slot);
    if (this.#inverse[slot] === Infinity) {
      this.#ids[slot] = id;
      this.#offsets[slot] = hashString(id, 0x243f6a88) & CLASS_MASK;
      this.#factors[slot] = (hashString(id, 0x85a308d3) & CLASS_MASK) | 1;
      this.#end = Math.max(this.#end, slot + 1);
      this.#size += 1;
      if (this.#size > MOST_WITHOUT_TABLE) this.#table ??= new Uint32Array(CLASSES);
    }
    this.#inverse[slot] = 1 / weight;
    this.#isUniform = this.#inverse.every((own) => own === Infinity || own === 1 / weight);
    this.#changed(slot);
    this.#since[slot] = this.#version;
  }

  /** Takes a server out; one that is not in is no error. */
  delete(slot: number): void {
    if ((this.#inverse[slot] ?? Infinity) === Infinity) return;
    this.#inverse[slot] = Infinity;
    this.#size -= 1;
    this.#changed(slot);
    this.#since[slot] = NEVER;
  }

  /** The server of the keys with this hash of 32 bits; -1 where there is none. */
  first(hash: number): number {
    const keyClass = hash >>> (32 - CLASS_BITS);
    const table = this.#table;
    if (table === undefined) return this.#search(keyClass, undefined);
    const entry = table[keyClass] as number;
    if (entry >>> SLOT_BITS === this.#version) return entry & SLOT_MASK;
    return this.#renew(table, keyClass, entry);
  }

  /** The acceptable server that comes first in the keys' order of preference; -1 where none is. */
  firstWhere(hash: number, isAcceptable: (slot: number) => boolean): number {
    return this.#search(hash >>> (32 - CLASS_BITS), isAcceptable);
  }

  #changed(slot: number): void {
    this.#version += 1;
    if (this.#version > LAST_VERSION) {
      this.#version = 1;
      this.#table?.fill(0);
      for (let other = 0; other < this.#end; other++) {
        if (this.#inverse[other] !== Infinity) this.#since[other] = 1;
      }
    }
    this.#changes[this.#version % CHANGES_KEPT] = slot;
  }

  #renew(table: Uint32Array, keyClass: number, entry: number): number {
    const version = entry >>> SLOT_BITS;
    let winner = entry & SLOT_MASK;
    const isLost =
      version === 0 || this.#version - version > CHANGES_KEPT || (this.#since[winner] as number) > version;
    if (isLost) {
      winner = this.#search(keyClass, undefined);
      if (winner === -1) return -1;
    } else {
      for (let at = version + 1; at <= this.#version; at++) {
        const changed = this.#changes[at % CHANGES_KEPT] as number;
        if (changed === winner || this.#inverse[changed] === Infinity) continue;
        if (this.#isBefore(changed, winner, keyClass)) winner = changed;
      }
    }
    table[keyClass] = (this.#version << SLOT_BITS) | winner;
    return winner;
  }

  #search(keyClass: number, isAcceptable: ((slot: number) => boolean) | undefined): number {
    const offsets = this.#offsets;
    const factors = this.#factors;
    const inverse = this.#inverse;
    const end = this.#end;
    const isUniform = this.#isUniform;
    let best = -1;
    let bestScore = Infinity;
    for (let slot = 0; slot < end; slot++) {
      const own = inverse[slot] as number;
      const rank = rankOf(keyClass, offsets[slot] as number, factors[slot] as number);
      // The score is never below this, and a logarithm takes longer than all the rest.
      if (rank * own > bestScore || own === Infinity) continue;
      const score = scoreOf(rank, own, isUniform);
      if (score > bestScore || (score === bestScore && !this.#isBeforeById(slot, best))) continue;
      if (isAcceptable !== undefined && !isAcceptable(slot)) continue;
      best = slot;
      bestScore = score;
    }
    return best;
  }

  #isBefore(slot: number, other: number, keyClass: number): boolean {
    const score = this.#score(slot, keyClass);
    const others = this.#score(other, keyClass);
    return score < others || (score === others && this.#isBeforeById(slot, other));
  }

  #isBeforeById(slot: number, other: number): boolean {
    return (this.#ids[slot] as string) < (this.#ids[other] as string);
  }

  #score(slot: number, keyClass: number): number {
    const rank = rankOf(keyClass, this.#offsets[slot] as number, this.#factors[slot] as number);
    return scoreOf(rank, this.#inverse[slot] as number, this.#isUniform);
  }

  #grow(slot: number): void {
    let length = this.#since.length;
    while (length <= slot) length *= 2;
    const offsets = new Int32Array(length);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const factors = new Int32Array(length);
    factors.set(this.#factors);
    this.#factors = factors;
    const inverse = new Float64Array(length).fill(Infinity);
    inverse.set(this.#inverse);
    this.#inverse = inverse;
    const since = new Int32Array(length).fill(NEVER);
    since.set(this.#since);
    this.#since = since;
  }
}

/* The rank of a class in a server's permutation, and a half, so that none is 0. Each step is a bijection. */
function rankOf(keyClass: number, offset: number, factor: number): number {
  const mixed = Math.imul(keyClass + offset, factor) & CLASS_MASK;
  const again = Math.imul(mixed ^ (mixed >>> 11), 0x85ebca6b) & CLASS_MASK;
  return (again ^ (again >>> 10)) + 0.5;
}

/*
 * An exponential variable made of a uniform one, over the weight. Between equal weights the rank tells as much, and no
 * logarithm is needed.
 */
function scoreOf(rank: number, inverse: number, isUniform: boolean): number {
  return isUniform ? rank * inverse : -Math.log1p(-rank / CLASSES) * CLASSES * inverse;
}
