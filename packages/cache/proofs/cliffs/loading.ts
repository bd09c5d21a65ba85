import { Cache, CacheManager } from '../../src/index.ts';
import { type Finding, median } from './report.ts';

const WAITERS = 10_000;
const READS = 20_000;
const ROUNDS = 21;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Ten thousand who ask at once for a key that has expired. */
export async function measureStampede(): Promise<Finding[]> {
  const cache = new CacheManager();
  const loadMs = 50;
  let loads = 0;
  const load = async () => {
    loads++;
    await sleep(loadMs);
    return { load: loads };
  };
  await cache.getOrLoad('hot', load, { ttl: 5 });
  await sleep(20);
  loads = 0;
  const begun = performance.now();
  const values = Array.from({ length: WAITERS }, () => cache.getOrLoad('hot', load, { ttl: 5 }));
  const askedMs = performance.now() - begun;
  const right = (await Promise.all(values)).filter((value) => value.load === 1).length;
  const allMs = performance.now() - begun;
  await cache.stop();
  return [
    { what: `loads for ${WAITERS} waiters on an expired key`, value: loads, unit: '', bound: 1 },
    { what: '  waiters without the value', value: WAITERS - right, unit: '', bound: 0 },
    { what: '  until all have asked', value: askedMs, unit: 'ms' },
    {
      what: `  until all have it, beyond the load's ${loadMs} ms`,
      value: allMs - loadMs,
      unit: 'ms',
      bound: 100,
    },
  ];
}

/** What it costs to be given a stale value while a new one is loaded. */
export async function measureStaleHits(): Promise<Finding[]> {
  const cache = new CacheManager({ ttlJitter: 0, earlyRefresh: 0 });
  const options = { staleWhileRevalidate: 3_600_000, loadTimeout: 3_600_000 };
  const fresh = { ...options, ttl: 3_600_000 };
  const stale = { ...options, ttl: 1 };
  const value = { some: 'value' };
  let ends: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    ends = resolve;
  });
  await cache.getOrLoad('fresh', () => value, fresh);
  await cache.getOrLoad('stale', () => value, stale);
  await sleep(10);
  // The refresh goes on all the time.
  const refresh = () => ended.then(() => value);
  const read = async (key: string, asked: typeof fresh) => {
    const begun = performance.now();
    for (let at = 0; at < READS; at++) await cache.getOrLoad(key, refresh, asked);
    return ((performance.now() - begun) / READS) * 1e6;
  };
  const times: { fresh: number; stale: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push({ fresh: await read('fresh', fresh), stale: await read('stale', stale) });
  }
  const { loads } = cache.getStats();
  ends();
  await cache.stop();
  return [
    { what: 'a fresh hit of getOrLoad, awaited', value: median(times.map((time) => time.fresh)), unit: 'ns' },
    {
      what: 'a stale hit of it, while one refresh goes on',
      value: median(times.map((time) => time.stale)),
      unit: 'ns',
    },
    {
      what: '  in fresh hits',
      value: median(times.map((time) => time.stale / time.fresh)),
      unit: '',
      bound: 3,
    },
    { what: '  loads that ended meanwhile', value: loads - 2, unit: '', bound: 0 },
  ];
}

/** What a large, long-lived cache costs before anything is in it. */
export function measureEmptyCache(): Finding[] {
  const options = { maxSize: 5_000_000, defaultTtl: '30d' };
  new Cache(options).stop();
  const before = process.memoryUsage.rss();
  const begun = performance.now();
  const cache = new Cache(options);
  const ms = performance.now() - begun;
  const bytes = process.memoryUsage.rss() - before;
  cache.set('a', 1);
  cache.stop();
  return [
    {
      what: 'an empty cache of 5,000,000 entries that live 30 days',
      value: bytes / 1e6,
      unit: 'MB',
      bound: 2,
      note: 'RSS',
    },
    { what: '  made in', value: ms, unit: 'ms', bound: 5 },
  ];
}
