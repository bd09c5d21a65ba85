/*
 * Counters are of four bits, eight in a word; the four of a key lie in one block of sixteen words, a line of the
 * processor's cache. Literals, for this is where an eviction spends its time: bundled, a constant of the module is
 * a variable.
 */
const WORDS_PER_ENTRY = 2;
/* With fewer, the keys that pass through a small cache would share their counters too often. */
const MIN_WORDS = 1024;
/* What is left of a word's eight counters when it is shifted right by one. */
const HALVED = 0x77777777;
const ADDITIONS_PER_ENTRY = 20;

/**
 * How often each key was used of late, up to 15: a count-min sketch. After twenty additions for each entry of the
 * cache all counts are halved: block by block, one with each addition, and ahead of that sweep a count stands for
 * its half, so that no addition takes long.
 *
 * G. Cormode and S. Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its Applications",
 * Journal of Algorithms 55 (2005), with the ageing of TinyLFU (G. Einziger, R. Friedman and B. Manes, "TinyLFU:
 * A Highly Efficient Cache Admission Policy", ACM Transactions on Storage 13, 2017).
 */
export class FrequencySketch {
  #words = new Int32Array(MIN_WORDS);
  #limit = 0;
  #additions = 0;
  /* Blocks from this word on are still to be halved. */
  #swept = MIN_WORDS;

  /** Makes room for the counts of so many entries; those that are there stay. */
  ensureCapacity(entries: number): void {
    this.#limit = ADDITIONS_PER_ENTRY * entries;
    if (WORDS_PER_ENTRY * entries > this.#words.length) this.#grow(WORDS_PER_ENTRY * entries);
  }

  /** The count of a key, at least as high as it should be. */
  count(hash: number): number {
    const words = this.#words;
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const block = mixed & (words.length - 16);
    const places = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39);
    const first = ((words[block + ((places >>> 3) & 15)] as number) >>> ((places << 2) & 28)) & 15;
    const second = ((words[block + ((places >>> 10) & 15)] as number) >>> ((places >>> 5) & 28)) & 15;
    const third = ((words[block + ((places >>> 17) & 15)] as number) >>> ((places >>> 12) & 28)) & 15;
    const fourth = ((words[block + ((places >>> 24) & 15)] as number) >>> ((places >>> 19) & 28)) & 15;
    const least = Math.min(first, second, third, fourth);
    return block < this.#swept ? least : least >> 1;
  }

  /** Counts uses of a key, and returns its count. */
  add(hash: number, uses: number): number {
    const words = this.#words;
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const block = mixed & (words.length - 16);
    const places = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39);
    const pending = block < this.#swept ? 0 : 1;
    const raise = uses << pending;
    const first = raiseCount(words, block + ((places >>> 3) & 15), (places << 2) & 28, raise);
    const second = raiseCount(words, block + ((places >>> 10) & 15), (places >>> 5) & 28, raise);
    const third = raiseCount(words, block + ((places >>> 17) & 15), (places >>> 12) & 28, raise);
    const fourth = raiseCount(words, block + ((places >>> 24) & 15), (places >>> 19) & 28, raise);
    this.#additions += uses;
    if (this.#swept < words.length) this.#sweepBlock();
    else if (this.#additions > this.#limit) {
      this.#additions >>= 1;
      this.#swept = 0;
    }
    return Math.min(first, second, third, fourth) >> pending;
  }

  #sweepBlock(): void {
    const words = this.#words;
    const end = this.#swept + 16;
    for (let at = this.#swept; at < end; at += 1) words[at] = ((words[at] as number) >>> 1) & HALVED;
    this.#swept = end;
  }

  /* A block's place is the low bits of a hash: where the table is doubled, both halves have the right count. */
  #grow(least: number): void {
    const old = this.#words;
    while (this.#swept < old.length) this.#sweepBlock();
    let length = old.length;
    while (length < least) length *= 2;
    const words = new Int32Array(length);
    for (let at = 0; at < length; at += old.length) words.set(old, at);
    this.#words = words;
    this.#swept = length;
  }
}

/* Raises the counter at a shift of a word, to 15 at most, and returns it. */
function raiseCount(words: Int32Array, at: number, shift: number, by: number): number {
  const word = words[at] as number;
  const count = (word >>> shift) & 15;
  const raised = Math.min(count + by, 15);
  words[at] = word ^ ((raised ^ count) << shift);
  return raised;
}
