/* Half full at most, so that probes stay short. */
const INITIAL_PLACES = 32;

/**
 * A map from 32-bit hashes to small integers, none negative: open addressing with linear probing, deletion by
 * shifting back, so that it allocates only when it doubles. The hashes are taken to be well mixed but for
 * their order.
 */
export class HashIndex {
  #hashes = new Int32Array(INITIAL_PLACES);
  /* One more than what is stored; 0 where the place is free. */
  #values = new Int32Array(INITIAL_PLACES);
  #shift = 27;
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** The value, or -1. */
  get(hash: number): number {
    return (this.#values[this.#find(hash)] as number) - 1;
  }

  set(hash: number, value: number): void {
    let place = this.#find(hash);
    if ((this.#values[place] as number) === 0) {
      if (2 * (this.#count + 1) > this.#values.length) {
        this.#grow();
        place = this.#find(hash);
      }
      this.#count += 1;
      this.#hashes[place] = hash;
    }
    this.#values[place] = value + 1;
  }

  delete(hash: number): void {
    const hashes = this.#hashes;
    const values = this.#values;
    const mask = values.length - 1;
    let hole = this.#find(hash);
    if ((values[hole] as number) === 0) return;
    this.#count -= 1;
    let place = hole;
    for (;;) {
      place = (place + 1) & mask;
      if ((values[place] as number) === 0) break;
      // What lies at home between the hole and its place must not move.
      const home = this.#home(hashes[place] as number);
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      hashes[hole] = hashes[place] as number;
      values[hole] = values[place] as number;
      hole = place;
    }
    values[hole] = 0;
  }

  clear(): void {
    this.#hashes = new Int32Array(INITIAL_PLACES);
    this.#values = new Int32Array(INITIAL_PLACES);
    this.#shift = 27;
    this.#count = 0;
  }

  #home(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }

  #find(hash: number): number {
    const hashes = this.#hashes;
    const values = this.#values;
    const mask = values.length - 1;
    let place = this.#home(hash);
    while ((values[place] as number) !== 0 && (hashes[place] as number) !== hash) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const hashes = this.#hashes;
    const values = this.#values;
    this.#hashes = new Int32Array(2 * values.length);
    this.#values = new Int32Array(2 * values.length);
    this.#shift -= 1;
    for (let place = 0; place < values.length; place += 1) {
      const value = values[place] as number;
      if (value === 0) continue;
      const home = this.#find(hashes[place] as number);
      this.#hashes[home] = hashes[place] as number;
      this.#values[home] = value;
    }
  }
}
