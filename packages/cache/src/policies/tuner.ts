import { MiniCaches } from './mini-caches.ts';
import type { Setting } from './setting.ts';

/*
 * A window for each kind of load: the first suits loops and stable popularity, the last recency alone, the one
 * before it popularity that drifts.
 */
const SETTINGS: readonly Setting[] = [
  { windowShare: 0.01, admission: 'clearly-more-used', rounds: 'each-hit' },
  { windowShare: 0.1, admission: 'more-used', rounds: 'each-hit' },
  { windowShare: 0.3, admission: 'more-used', rounds: 'each-hit' },
  { windowShare: 0.6, admission: 'more-used', rounds: 'each-hit' },
  { windowShare: 0.1, admission: 'seen-before', rounds: 'one' },
  { windowShare: 0.9, admission: 'all', rounds: 'one' },
];
const FIRST_CHOICE = 1;

/* Small enough to stay in the processor's own caches. */
const MAX_MINI_CAPACITY = 512;
/* At most one key in 2^3 is sampled, unless the mini-caches would be smaller than this. */
const SPARSE_SHIFT = 3;
const MIN_MINI_CAPACITY = 64;
/* The capacity may change by so much before the mini-caches are made anew. */
const CAPACITY_TOLERANCE = 1.25;

/* A choice is made after as many requests as a mini-cache has entries, or so many. */
const MIN_REQUESTS = 200;
/* What is left of the misses that were counted before, at each choice. */
const MEMORY = 0.7;
/* A setting takes the place of another when it misses less by this part. */
const MARGIN = 0.01;

/*
 * After so many choices that changed nothing the mini-caches rest, for so many evictions for each entry: not where
 * they see so few of the keys that they cost next to nothing.
 */
const CALM_CHOICES = 8;
const REST_PER_ENTRY = 8;

/**
 * Chooses the setting of the adaptive policy: the one of several whose mini-cache, which serves a sample of the
 * keys, misses least.
 */
export class Tuner {
  #setting = SETTINGS[FIRST_CHOICE] as Setting;
  #chosen = FIRST_CHOICE;
  #caches: MiniCaches | undefined;
  #capacity = 0;
  /* One in 2^shift keys is sampled. */
  #shift = 0;
  #requests = 0;
  #period = 0;
  #calmChoices = 0;
  /* The evictions until the mini-caches go to work again. */
  #rest = 0;
  readonly #misses = new Float64Array(SETTINGS.length);

  /** The setting that is best at present. */
  get setting(): Setting {
    return this.#setting;
  }

  /**
   * Told of the number of entries in the cache.
   *
   * @returns whether other keys than before are sampled now
   */
  setCapacity(capacity: number): boolean {
    if (capacity * CAPACITY_TOLERANCE >= this.#capacity && capacity <= this.#capacity * CAPACITY_TOLERANCE) {
      return false;
    }
    this.#capacity = capacity;
    let shift = 0;
    while (shift < SPARSE_SHIFT && capacity / 2 ** (shift + 1) >= MIN_MINI_CAPACITY) shift += 1;
    while (capacity / 2 ** shift > MAX_MINI_CAPACITY) shift += 1;
    const miniCapacity = Math.max(2, Math.round(capacity / 2 ** shift));
    this.#shift = shift;
    this.#caches = new MiniCaches(miniCapacity, SETTINGS);
    this.#requests = 0;
    this.#period = Math.max(MIN_REQUESTS, miniCapacity);
    return true;
  }

  /** Told of each eviction; says whether requests need not be reported until the next. */
  rests(): boolean {
    if (this.#rest === 0) return false;
    this.#rest -= 1;
    return true;
  }

  /** Whether the requests for a key are to be reported. */
  samples(hash: number): boolean {
    return this.#shift === 0 || Math.imul(hash, 0x2c1b3c6d) >>> (32 - this.#shift) === 0;
  }

  /** Told of each request, hit or miss, for a key that it samples. */
  request(hash: number): void {
    const caches = this.#caches;
    if (caches === undefined) return;
    caches.request(hash);
    this.#requests += 1;
    if (this.#requests < this.#period) return;
    this.#requests = 0;
    this.#choose(caches.misses);
  }

  #choose(latest: Float64Array): void {
    const misses = this.#misses;
    for (let at = 0; at < misses.length; at += 1) {
      misses[at] = MEMORY * (misses[at] as number) + (latest[at] as number);
    }
    latest.fill(0);
    const best = misses.indexOf(Math.min(...misses));
    if ((misses[best] as number) >= (1 - MARGIN) * (misses[this.#chosen] as number)) {
      this.#calmChoices += 1;
      if (this.#calmChoices < CALM_CHOICES || this.#shift > SPARSE_SHIFT) return;
      this.#calmChoices = 0;
      this.#rest = REST_PER_ENTRY * this.#capacity;
      return;
    }
    this.#calmChoices = 0;
    this.#chosen = best;
    this.#setting = SETTINGS[best] as Setting;
  }
}
