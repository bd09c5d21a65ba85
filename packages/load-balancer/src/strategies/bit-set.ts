/** A set of small integers that finds the next member from anywhere, in a step or two for a thousand. */
export class BitSet {
  /* A bit for each integer; and a bit for each word of those that isn't 0. */
  #words = new Int32Array(4);
  #summary = new Int32Array(1);

  add(member: number): void {
    const word = member >>> 5;
    if (word >= this.#words.length) this.#grow(word);
    this.#words[word] = (this.#words[word] as number) | (1 << (member & 31));
    this.#summary[word >>> 5] = (this.#summary[word >>> 5] as number) | (1 << (word & 31));
  }

  /** One that is absent is no error. */
  delete(member: number): void {
    const word = member >>> 5;
    if (word >= this.#words.length) return;
    const rest = (this.#words[word] as number) & ~(1 << (member & 31));
    this.#words[word] = rest;
    if (rest === 0) this.#summary[word >>> 5] = (this.#summary[word >>> 5] as number) & ~(1 << (word & 31));
  }

  clear(): void {
    this.#words.fill(0);
    this.#summary.fill(0);
  }

  /** The smallest member that is `from` or above; -1 where there is none. */
  next(from: number): number {
    let word = from >>> 5;
    if (word >= this.#words.length) return -1;
    const bits = (this.#words[word] as number) >>> (from & 31);
    if (bits !== 0) return from + lowestBit(bits);
    word += 1;
    let index = word >>> 5;
    if (index >= this.#summary.length) return -1;
    let words = (this.#summary[index] as number) >>> (word & 31);
    while (words === 0) {
      index += 1;
      if (index >= this.#summary.length) return -1;
      words = this.#summary[index] as number;
      word = index << 5;
    }
    word += lowestBit(words);
    return (word << 5) + lowestBit(this.#words[word] as number);
  }

  /** As `next`, and from 0 again where the end is reached. */
  nextAround(from: number): number {
    const member = this.next(from);
    return member !== -1 ? member : this.next(0);
  }

  #grow(word: number): void {
    let length = this.#words.length;
    while (length <= word) length *= 2;
    const words = new Int32Array(length);
    words.set(this.#words);
    this.#words = words;
    const summary = new Int32Array(Math.ceil(length / 32));
    summary.set(this.#summary);
    this.#summary = summary;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
