import { Cache, CacheManager } from '@evenkeel/cache';
import { createCache as createAcd } from 'async-cache-dedupe';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createCacheManager } from 'cache-manager';
import { Cacheable } from 'cacheable';
import Keyv from 'keyv';
import { Loader } from 'layered-loader';
import { LRUCache } from 'lru-cache';

const ASYNC_KEYS = 20_000;

/* What peers take tens of times longer for is not repeated as often. */
const FEW = { slice: 2048, slices: 60 };

const object = (at) => ({ id: at, name: `product ${at}`, price: at / 100, available: true });
const text = (at) => `product ${at}`;

function full(size, options = {}) {
  return new Cache({ maxSize: size, maxBytes: '1gb', defaultTtl: '1h', ...options });
}

function reading(cache) {
  return (keys, order, from, to) => {
    let found = 0;
    for (let at = from; at < to; at++) if (cache.get(keys[order[at]]) !== undefined) found++;
    if (found !== to - from) throw new Error('missed');
  };
}

function writing(cache, values, ...options) {
  return (keys, order, from, to) => {
    for (let at = from; at < to; at++) cache.set(keys[order[at]], values[at % values.length], ...options);
  };
}

/** Reads, and stores what was missed. */
function readingThrough(cache, values) {
  return (keys, order, from, to) => {
    for (let at = from; at < to; at++) {
      const key = keys[order[at]];
      if (cache.get(key) === undefined) cache.set(key, values[order[at]]);
    }
  };
}

function awaiting(get) {
  return async (keys, order, from, to) => {
    for (let at = from; at < to; at++) await get(keys[order[at]]);
  };
}

function filled(cache, keys, value, ...options) {
  for (const [at, key] of keys.entries()) cache.set(key, value(at), ...options);
  return cache;
}

const TAGGED = { ttl: 3_600_000, tags: ['products'] };

function hits(keys, value) {
  return {
    keys,
    bound: 1,
    create: (names) => ({
      subject: reading(filled(full(keys), names, value, TAGGED)),
      reference: reading(filled(new LRUCache({ max: keys }), names, value)),
    }),
  };
}

function sets(keys, value, options) {
  return {
    keys,
    bound: 1,
    create: (names) => {
      const values = names.map((_, at) => value(at));
      return {
        subject: options
          ? writing(filled(full(keys), names, value, options), values, options)
          : writing(filled(full(keys), names, value), values),
        reference: writing(filled(new LRUCache({ max: keys }), names, value), values),
      };
    },
  };
}

/** Zipf 0.9 over ten times the keys that fit: what most caches do. */
function readsThrough(keys) {
  return {
    keys,
    create: (names) => {
      const values = names.map((_, at) => object(at));
      const cumulative = new Float64Array(keys);
      let sum = 0;
      for (let rank = 0; rank < keys; rank++) cumulative[rank] = sum += (rank + 1) ** -0.9;
      const zipf = Uint32Array.from({ length: 8 * 16_384 }, () => rankOf(cumulative, Math.random() * sum));
      const over = (run) => (all, _, from, to) => run(all, zipf, from, to);
      return {
        subject: over(readingThrough(full(keys / 10), values)),
        reference: over(readingThrough(new LRUCache({ max: keys / 10 }), values)),
      };
    },
  };
}

function rankOf(cumulative, target) {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An asynchronous hit beside a synchronous one of lru-cache. */
function asyncHits(open, { bound, ...repeat } = {}) {
  return {
    keys: ASYNC_KEYS,
    bound,
    ...repeat,
    create: async (names) => {
      const get = await open();
      for (const key of names) await get(key);
      return {
        subject: awaiting(get),
        reference: reading(filled(new LRUCache({ max: ASYNC_KEYS }), names, object)),
      };
    },
  };
}

const load = async () => object(1);

export const cases = {
  'hit, 1,000 keys': hits(1000, object),
  'hit, 100,000 keys': hits(100_000, object),
  'set, 1,000 keys, text': sets(1000, text),
  'set, 100,000 keys, text': sets(100_000, text),
  'set, 1,000 keys, objects': sets(1000, object),
  'set, 100,000 keys, objects': sets(100_000, object),
  'set with ttl and tags, 1,000 keys, text': sets(1000, text, TAGGED),
  'set with ttl and tags, 100,000 keys, text': sets(100_000, text, TAGGED),
  'get, and set on a miss, zipf 0.9 over 100,000 keys, 10 % fit': readsThrough(100_000),
  'async hit: evenkeel getOrLoad': asyncHits(
    () => {
      const cache = new CacheManager({ maxSize: ASYNC_KEYS, maxBytes: '1gb', defaultTtl: '1h' });
      return (key) => cache.getOrLoad(key, load);
    },
    { bound: 2.2 },
  ),
  'await of lru-cache get: what awaiting alone costs': asyncHits(() => {
    const cache = new LRUCache({ max: ASYNC_KEYS });
    return (key) => {
      const value = cache.get(key);
      if (value === undefined) cache.set(key, object(1));
      return value;
    };
  }),
  'async hit: lru-cache fetch': asyncHits(() => {
    const cache = new LRUCache({ max: ASYNC_KEYS, ttl: 3_600_000, fetchMethod: load });
    return (key) => cache.fetch(key);
  }),
  'async hit: layered-loader': asyncHits(() => {
    const loader = new Loader({
      inMemoryCache: { ttlInMsecs: 3_600_000, maxItems: ASYNC_KEYS },
      dataSources: [{ get: load, name: 'source' }],
    });
    return (key) => loader.get(key);
  }),
  'async hit: async-cache-dedupe': asyncHits(() => {
    const cache = createAcd({ ttl: 3600, storage: { type: 'memory', options: { size: ASYNC_KEYS } } });
    cache.define('load', load);
    return (key) => cache.load(key);
  }, FEW),
  'async hit: cache-manager wrap': asyncHits(() => {
    const cache = createCacheManager({ ttl: 3_600_000 });
    return (key) => cache.wrap(key, load);
  }, FEW),
  'async hit: keyv get': asyncHits(async () => {
    const keyv = new Keyv({ ttl: 3_600_000 });
    return async (key) => {
      const found = await keyv.get(key);
      if (found === undefined) await keyv.set(key, await load());
    };
  }, FEW),
  'async hit: bentocache getOrSet': asyncHits(() => {
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: ASYNC_KEYS }));
    const cache = new BentoCache({ default: 'memory', stores: { memory: store } });
    return (key) => cache.getOrSet({ key, ttl: '1h', factory: load });
  }, FEW),
  'async hit: cacheable getOrSet': asyncHits(() => {
    const cache = new Cacheable({ ttl: '1h' });
    return (key) => cache.getOrSet(key, load);
  }, FEW),
};
