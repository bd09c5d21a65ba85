import { FrequencySketch } from './frequency-sketch.ts';
import { HashIndex } from './hash-index.ts';
import { admits, type Setting, windowEntries } from './setting.ts';

/*
 * The state of a key has four bits for each cache: the highest says whether it is in it, the lowest two count its
 * hits there. The masks of all highest and lowest bits are written out where they are used, for a constant of the
 * module is a variable when it is bundled, and this one not a small integer.
 */
const BITS = 4;
const PRESENT = 8;
const REUSE = 3;

/**
 * Up to eight small caches of hashes, each run by a setting of the adaptive policy, that serve the same requests:
 * to see which of them misses least. A request that all of them have costs one look-up and one addition, for the
 * states of a key in all caches are in one integer.
 *
 * After the miniature simulations of C. Waldspurger, T. Saemundsson, I. Ahmad and N. Park, "Cache Modeling and
 * Optimization using Miniature Simulations", USENIX ATC 2017.
 */
export class MiniCaches {
  /** The misses of each, up to when the reader takes them back to zero. */
  readonly misses: Float64Array;
  readonly #capacity: number;
  readonly #settings: readonly Setting[];
  readonly #inUse: number;
  readonly #sketch = new FrequencySketch();
  readonly #index = new HashIndex();
  /* By node: the hash of a key that is in any of the caches, and its state. */
  readonly #hashes: Int32Array;
  readonly #states: Int32Array;
  readonly #free: number[] = [];
  #nodes = 0;
  /* For each cache a ring of nodes that is its window, and behind it one that is its main queue. */
  readonly #rings: Int32Array;
  readonly #windowRoom: Int32Array;
  readonly #windowSize: Int32Array;
  readonly #windowOldest: Int32Array;
  readonly #mainSize: Int32Array;
  readonly #hand: Int32Array;

  /**
   * @param capacity the keys that each cache holds, at least 2
   * @param settings one for each cache, at most eight
   */
  constructor(capacity: number, settings: readonly Setting[]) {
    const caches = settings.length;
    this.misses = new Float64Array(caches);
    this.#capacity = capacity;
    this.#settings = settings;
    this.#inUse = 0x88888888 >>> (BITS * (8 - caches));
    this.#sketch.ensureCapacity(capacity);
    // While one is served it may be one more than all caches hold.
    this.#hashes = new Int32Array(caches * capacity + 1);
    this.#states = new Int32Array(caches * capacity + 1);
    this.#rings = new Int32Array(caches * capacity);
    this.#windowRoom = Int32Array.from(settings, (setting) => windowEntries(capacity, setting.windowShare));
    this.#windowSize = new Int32Array(caches);
    this.#windowOldest = new Int32Array(caches);
    this.#mainSize = new Int32Array(caches);
    this.#hand = new Int32Array(caches);
  }

  /** Has all caches serve a request. */
  request(hash: number): void {
    this.#sketch.add(hash, 1);
    let node = this.#index.get(hash);
    if (node < 0) node = this.#addNode(hash);
    const state = this.#states[node] as number;
    const present = state & 0x88888888;
    // One hit more in each cache that has it, unless both bits are set.
    this.#states[node] = (state + ((present >>> 3) & ~(state & (state >>> 1)) & 0x11111111)) | 0;
    let missing = this.#inUse & ~present;
    while (missing !== 0) {
      const bit = 31 - Math.clz32(missing);
      missing ^= 1 << bit;
      this.#miss(bit >> 2, node);
    }
  }

  /* Takes the key in; its window's oldest leaves it where the window is full. */
  #miss(cache: number, node: number): void {
    const rings = this.#rings;
    const start = cache * this.#capacity;
    const room = this.#windowRoom[cache] as number;
    const size = this.#windowSize[cache] as number;
    this.misses[cache] = (this.misses[cache] as number) + 1;
    this.#states[node] = (this.#states[node] as number) | (PRESENT << (BITS * cache));
    if (size < room) {
      rings[start + size] = node;
      this.#windowSize[cache] = size + 1;
      return;
    }
    const oldest = this.#windowOldest[cache] as number;
    const candidate = rings[start + oldest] as number;
    rings[start + oldest] = node;
    this.#windowOldest[cache] = oldest + 1 === room ? 0 : oldest + 1;
    this.#leaveWindow(cache, candidate, start + room, this.#capacity - room);
  }

  #leaveWindow(cache: number, candidate: number, mainStart: number, mainRoom: number): void {
    const rings = this.#rings;
    const size = this.#mainSize[cache] as number;
    if (size < mainRoom) {
      rings[mainStart + size] = candidate;
      this.#mainSize[cache] = size + 1;
      this.#clearReuse(cache, candidate);
      return;
    }
    const place = this.#findVictim(cache, mainStart, mainRoom);
    const victim = rings[mainStart + place] as number;
    if (!this.#admits(cache, candidate, victim)) {
      this.#drop(cache, candidate);
      return;
    }
    this.#drop(cache, victim);
    rings[mainStart + place] = candidate;
    this.#hand[cache] = place + 1 === mainRoom ? 0 : place + 1;
    this.#clearReuse(cache, candidate);
  }

  #admits(cache: number, candidate: number, victim: number): boolean {
    if ((((this.#states[candidate] as number) >>> (BITS * cache)) & REUSE) !== 0) return true;
    const { admission } = this.#settings[cache] as Setting;
    const uses = this.#sketch.count(this.#hashes[candidate] as number);
    return admits(admission, uses, this.#hashes[victim] as number, this.#sketch);
  }

  /* The hand goes on to the first that has no hits left, and takes one or all from each that it passes. */
  #findVictim(cache: number, mainStart: number, mainRoom: number): number {
    const states = this.#states;
    const shift = BITS * cache;
    const takesAll = (this.#settings[cache] as Setting).rounds === 'one';
    let hand = this.#hand[cache] as number;
    for (;;) {
      const node = this.#rings[mainStart + hand] as number;
      const state = states[node] as number;
      if (((state >>> shift) & REUSE) === 0) break;
      states[node] = takesAll ? state & ~(REUSE << shift) : state - (1 << shift);
      hand = hand + 1 === mainRoom ? 0 : hand + 1;
    }
    this.#hand[cache] = hand;
    return hand;
  }

  #clearReuse(cache: number, node: number): void {
    this.#states[node] = (this.#states[node] as number) & ~(REUSE << (BITS * cache));
  }

  #addNode(hash: number): number {
    const node = this.#free.pop() ?? this.#nodes++;
    this.#hashes[node] = hash;
    this.#states[node] = 0;
    this.#index.set(hash, node);
    return node;
  }

  #drop(cache: number, node: number): void {
    const state = (this.#states[node] as number) & ~((PRESENT | REUSE) << (BITS * cache));
    this.#states[node] = state;
    if (state !== 0) return;
    this.#index.delete(this.#hashes[node] as number);
    this.#free.push(node);
  }
}
