import { LinkedKeys } from './linked-keys.mjs';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;

/* What Caffeine's simulator is configured with. */
const WINDOW_SHARE = 0.01;
const PROTECTED_SHARE = 0.8;
const CLIMB_STEP = 0.0625;
const CLIMB_SAMPLE = 10;
const STEP_DECAY = 0.98;
const RESTART_THRESHOLD = 0.05;

/**
 * W-TinyLFU with a window of 1 % (G. Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient Cache
 * Admission Policy", ACM Transactions on Storage 13, 2017), and, with `climb`, with the simple hill climber that
 * moves the window by the hit ratio (G. Einziger, O. Eytan, R. Friedman and B. Manes, "Adaptive Software Cache
 * Management", Middleware 2018).
 */
export function wTinyLfu({ keys, unique }, capacity, { climb = false } = {}) {
  const cache = new LinkedKeys(unique, 3);
  const { sizes, listOf } = cache;
  const sketch = new CountMinSketch(capacity);
  let windowTarget = Math.max(1, capacity - Math.floor(capacity * (1 - WINDOW_SHARE)));
  let windowQuota = windowTarget;
  let protectedTarget = Math.floor((capacity - windowTarget) * PROTECTED_SHARE);
  const climber = climb ? new SimpleClimber(capacity) : undefined;
  let hits = 0;

  const demote = () => {
    while (sizes[PROTECTED] > protectedTarget) cache.move(PROBATION, cache.oldest(PROTECTED));
  };
  // The window takes from the protected keys and gives back to them.
  const resizeWindow = (by) => {
    const before = Math.trunc(windowQuota);
    const room = by > 0 ? Math.min(by, protectedTarget) : Math.max(by, -windowQuota);
    windowQuota += room;
    const steps = Math.trunc(windowQuota) - before;
    windowTarget += steps;
    protectedTarget -= steps;
    demote();
    for (let step = 0; step < steps && sizes[PROBATION] > 0; step += 1)
      cache.move(WINDOW, cache.oldest(PROBATION));
    for (let step = 0; step > steps && sizes[WINDOW] > 0; step -= 1)
      cache.move(PROBATION, cache.oldest(WINDOW));
  };

  for (const key of keys) {
    sketch.increment(key);
    const list = listOf[key];
    if (list >= 0) hits += 1;
    if (list === WINDOW) cache.move(WINDOW, key);
    else if (list === PROTECTED) cache.move(PROTECTED, key);
    else if (list === PROBATION) {
      cache.move(PROTECTED, key);
      demote();
    } else {
      cache.append(WINDOW, key);
      if (sizes[WINDOW] > windowTarget) {
        const candidate = cache.oldest(WINDOW);
        cache.move(PROBATION, candidate);
        if (sizes[WINDOW] + sizes[PROBATION] + sizes[PROTECTED] > capacity) {
          let victim = cache.oldest(PROBATION);
          if (victim === candidate && sizes[PROTECTED] > 0) victim = cache.oldest(PROTECTED);
          cache.take(sketch.count(candidate) > sketch.count(victim) ? victim : candidate);
        }
      }
    }
    if (climber === undefined || sizes[WINDOW] + sizes[PROBATION] + sizes[PROTECTED] < capacity) continue;
    const by = climber.onRequest(list >= 0);
    if (by !== 0) resizeWindow(by);
  }
  return hits;
}

class SimpleClimber {
  constructor(capacity) {
    this.initialStep = CLIMB_STEP * capacity;
    this.step = this.initialStep;
    this.sample = CLIMB_SAMPLE * capacity;
    this.requests = 0;
    this.hits = 0;
    this.lastRatio = 0;
    this.up = true;
  }

  /* By how many entries the window is to grow, at the end of a sample. */
  onRequest(hit) {
    this.requests += 1;
    if (hit) this.hits += 1;
    if (this.requests < this.sample) return 0;
    const ratio = this.hits / this.requests;
    if (ratio < this.lastRatio) this.up = !this.up;
    if (Math.abs(ratio - this.lastRatio) >= RESTART_THRESHOLD) this.step = this.initialStep;
    else this.step *= STEP_DECAY;
    this.lastRatio = ratio;
    this.requests = 0;
    this.hits = 0;
    return this.up ? this.step : -this.step;
  }
}

/* Counts of four bits in four rows, halved when ten uses for each entry of the cache have been counted. */
class CountMinSketch {
  constructor(capacity) {
    let length = 16;
    while (length < capacity) length *= 2;
    this.bits = Math.log2(length) + 2;
    this.rows = [0, 1, 2, 3].map(() => new Uint8Array(4 * length));
    this.additions = 0;
    this.limit = 10 * capacity;
  }

  #place(key, row) {
    const seed = ROW_SEEDS[row];
    let mixed = Math.imul(key ^ seed, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> (32 - this.bits);
  }

  count(key) {
    let least = 15;
    for (let row = 0; row < 4; row += 1) least = Math.min(least, this.rows[row][this.#place(key, row)]);
    return least;
  }

  increment(key) {
    let added = false;
    for (let row = 0; row < 4; row += 1) {
      const at = this.#place(key, row);
      if (this.rows[row][at] < 15) {
        this.rows[row][at] += 1;
        added = true;
      }
    }
    if (!added) return;
    this.additions += 1;
    if (this.additions < this.limit) return;
    for (const row of this.rows) for (let at = 0; at < row.length; at += 1) row[at] >>>= 1;
    this.additions = this.additions >>> 1;
  }
}

const ROW_SEEDS = [0x97cb3127, 0x2545f491, 0x6c62272e, 0x1b873593];
