import { LinkedKeys } from './linked-keys.mjs';

/** First in, first out. */
export function fifo({ keys, unique }, capacity) {
  const cache = new LinkedKeys(unique, 1);
  let hits = 0;
  for (const key of keys) {
    if (cache.listOf[key] === 0) hits += 1;
    else {
      if (cache.sizes[0] === capacity) cache.take(cache.oldest(0));
      cache.append(0, key);
    }
  }
  return hits;
}

/** Least recently used. */
export function lru({ keys, unique }, capacity) {
  const cache = new LinkedKeys(unique, 1);
  let hits = 0;
  for (const key of keys) {
    if (cache.listOf[key] === 0) {
      hits += 1;
      cache.move(0, key);
    } else {
      if (cache.sizes[0] === capacity) cache.take(cache.oldest(0));
      cache.append(0, key);
    }
  }
  return hits;
}

/** Least frequently used since it came in, without ageing; of equals the least recently used. */
export function lfu({ keys, unique }, capacity) {
  // A binary heap of the keys in the cache, ordered by uses and then by the time of the last.
  const heap = new Int32Array(capacity);
  const places = new Int32Array(unique).fill(-1);
  const uses = new Int32Array(unique);
  const usedAt = new Int32Array(unique);
  const before = (a, b) => uses[a] < uses[b] || (uses[a] === uses[b] && usedAt[a] < usedAt[b]);
  const put = (key, place) => {
    heap[place] = key;
    places[key] = place;
  };
  let size = 0;
  const sink = (key, from) => {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1], heap[child])) child += 1;
      if (!before(heap[child], key)) break;
      put(heap[child], place);
      place = child;
    }
    put(key, place);
  };
  const rise = (key, from) => {
    let place = from;
    while (place > 0 && before(key, heap[(place - 1) >> 1])) {
      put(heap[(place - 1) >> 1], place);
      place = (place - 1) >> 1;
    }
    put(key, place);
  };
  let hits = 0;
  for (let now = 0; now < keys.length; now += 1) {
    const key = keys[now];
    usedAt[key] = now;
    if (places[key] >= 0) {
      hits += 1;
      uses[key] += 1;
      sink(key, places[key]);
      continue;
    }
    uses[key] = 1;
    if (size === capacity) {
      places[heap[0]] = -1;
      sink(key, 0);
    } else {
      size += 1;
      rise(key, size - 1);
    }
  }
  return hits;
}

/**
 * Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key
 * Eviction Algorithm for Web Caches", NSDI 2024.
 */
export function sieve({ keys, unique }, capacity) {
  const cache = new LinkedKeys(unique, 1);
  const visited = new Uint8Array(unique);
  let hand = unique;
  let hits = 0;
  for (const key of keys) {
    if (cache.listOf[key] === 0) {
      hits += 1;
      visited[key] = 1;
      continue;
    }
    if (cache.sizes[0] === capacity) {
      if (hand === unique) hand = cache.oldest(0);
      while (visited[hand] === 1) {
        visited[hand] = 0;
        hand = cache.next[hand];
        if (hand === unique) hand = cache.oldest(0);
      }
      const victim = hand;
      hand = cache.next[hand];
      cache.take(victim);
    }
    visited[key] = 0;
    cache.append(0, key);
  }
  return hits;
}

/**
 * J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP
 * 2023: a small queue of a tenth, hits counted to 3, two of them promote, as many ghosts as the cache has entries.
 */
export function s3Fifo({ keys, unique }, capacity) {
  const SMALL = 0;
  const MAIN = 1;
  const cache = new LinkedKeys(unique, 2);
  const ghosts = new LinkedKeys(unique, 1);
  const reuse = new Uint8Array(unique);
  const smallTarget = Math.max(1, capacity * 0.1);
  let hits = 0;
  const evict = () => {
    if (cache.sizes[SMALL] >= smallTarget || cache.sizes[MAIN] === 0) {
      while (cache.sizes[SMALL] > 0) {
        const key = cache.oldest(SMALL);
        if (reuse[key] < 2) {
          cache.take(key);
          if (ghosts.sizes[0] >= capacity) ghosts.take(ghosts.oldest(0));
          ghosts.append(0, key);
          return;
        }
        cache.move(MAIN, key);
        reuse[key] = 0;
      }
    }
    for (;;) {
      const key = cache.oldest(MAIN);
      if (reuse[key] === 0) {
        cache.take(key);
        return;
      }
      reuse[key] -= 1;
      cache.move(MAIN, key);
    }
  };
  for (const key of keys) {
    if (cache.listOf[key] >= 0) {
      hits += 1;
      if (reuse[key] < 3) reuse[key] += 1;
      continue;
    }
    const isGhost = ghosts.listOf[key] === 0;
    if (isGhost) ghosts.take(key);
    if (cache.sizes[SMALL] + cache.sizes[MAIN] === capacity) evict();
    reuse[key] = 0;
    cache.append(isGhost ? MAIN : SMALL, key);
  }
  return hits;
}
