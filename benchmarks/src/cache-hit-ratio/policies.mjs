import { Cache, STRATEGIES } from '@evenkeel/cache';
import { arc } from './arc.mjs';
import { optimal } from './optimal.mjs';
import { fifo, lfu, lru, s3Fifo, sieve } from './queue-policies.mjs';
import { wTinyLfu } from './w-tinylfu.mjs';

/** What no policy exceeds; not among those that regret is measured against. */
export const OPTIMAL = 'OPT';

/** The policy that is judged: the default strategy of the cache. */
export const OURS = 'adaptive';

/** By name, functions of a trace and a capacity that return the hits: simulators, and the cache itself. */
export const POLICIES = {
  [OPTIMAL]: optimal,
  LRU: lru,
  FIFO: fifo,
  LFU: lfu,
  SIEVE: sieve,
  'S3-FIFO': s3Fifo,
  ARC: arc,
  'W-TLFU 1%': (trace, capacity) => wTinyLfu(trace, capacity),
  'W-TLFU climb': (trace, capacity) => wTinyLfu(trace, capacity, { climb: true }),
  [OURS]: (trace, capacity) => productHits(OURS, trace, capacity),
};

/** The hits of the cache of the product by one of its strategies. */
export function productHits(strategy, { keys, unique }, capacity) {
  if (!STRATEGIES.includes(strategy)) throw new Error(`the cache has no strategy ${strategy}`);
  const cache = new Cache({ strategy, maxSize: capacity });
  const names = Array.from({ length: unique }, (_, key) => `key:${key}`);
  let hits = 0;
  for (const key of keys) {
    if (cache.get(names[key]) === undefined) cache.set(names[key], key);
    else hits += 1;
  }
  cache.stop();
  return hits;
}
