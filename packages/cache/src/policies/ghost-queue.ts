import { HashIndex } from './hash-index.ts';

/** The hashes of the entries that were evicted last, up to a number that may change at each turn. */
export class GhostQueue {
  /* A ring of hashes, and at which place of it each hash lies. */
  #ring = new Int32Array(16);
  readonly #places = new HashIndex();
  #oldest = 0;
  #length = 0;

  /** How many are remembered. */
  get size(): number {
    return this.#places.size;
  }

  /** Remembers a hash, and forgets the oldest where there are more than may be. */
  add(hash: number, limit: number): void {
    if (limit < 1) {
      this.clear();
      return;
    }
    // Those that have come back leave their places taken until they are the oldest: there is a bound for these too.
    while (this.#places.size >= limit || this.#length >= 2 * limit) this.#forgetOldest();
    if (this.#length === this.#ring.length) this.#grow();
    const place = (this.#oldest + this.#length) & (this.#ring.length - 1);
    this.#ring[place] = hash;
    this.#length += 1;
    this.#places.set(hash, place);
  }

  /** Whether it is remembered; then no more. */
  take(hash: number): boolean {
    if (this.#places.get(hash) < 0) return false;
    this.#places.delete(hash);
    return true;
  }

  clear(): void {
    this.#ring = new Int32Array(16);
    this.#places.clear();
    this.#oldest = 0;
    this.#length = 0;
  }

  #forgetOldest(): void {
    const hash = this.#ring[this.#oldest] as number;
    // A hash that has come back and gone again lies at a later place.
    if (this.#places.get(hash) === this.#oldest) this.#places.delete(hash);
    this.#oldest = (this.#oldest + 1) & (this.#ring.length - 1);
    this.#length -= 1;
  }

  #grow(): void {
    const old = this.#ring;
    this.#ring = new Int32Array(2 * old.length);
    for (let at = 0; at < this.#length; at += 1) {
      const place = (this.#oldest + at) & (old.length - 1);
      const hash = old[place] as number;
      this.#ring[at] = hash;
      if (this.#places.get(hash) === place) this.#places.set(hash, at);
    }
    this.#oldest = 0;
  }
}
