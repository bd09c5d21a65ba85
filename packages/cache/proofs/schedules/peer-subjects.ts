import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { Cacheable } from 'cacheable';
import type { Loader } from '../../src/index.ts';
import type { Operation } from './plan.ts';
import { LoadFailure } from './source.ts';
import type { ScheduleTime, Subject } from './subject.ts';

/* What these have in common with us. */
const OPERATIONS: readonly Operation[] = [
  'load',
  'settle',
  'get',
  'has',
  'set',
  'delete',
  'invalidateTags',
  'clear',
  'advance',
  'drain',
];

/* Any will do that is past all that they compare it with. */
const EPOCH_MS = 1_700_000_000_000;

/* They may go through timers and I/O callbacks on their way. */
const DRAIN_ROUNDS = 3;

async function drain(): Promise<void> {
  for (let round = 0; round < DRAIN_ROUNDS; round++) await new Promise((resolve) => setImmediate(resolve));
}

/* Neither takes a clock, but what they compare is this. */
const realNow = Date.now;

function useTime(clock: ScheduleTime): () => Promise<void> {
  Date.now = () => EPOCH_MS + clock.now();
  return async () => {
    Date.now = realNow;
  };
}

const called = (loader: Loader<unknown>) => async () => loader({ signal: new AbortController().signal });

/** bentocache with its memory alone, as its documentation sets it up. */
export const bentocache: Subject = {
  abilities: { operations: OPERATIONS, varied: false, taggedLoads: true },
  isImmediate: false,
  drain,
  create(_plan, clock) {
    const stop = useTime(clock);
    const cache = new BentoCache({
      default: 'schedules',
      ttl: '1h',
      stores: { schedules: bentostore().useL1Layer(memoryDriver({ maxItems: 1000 })) },
    });
    return {
      getOrLoad: (key, loader, { tags }) =>
        cache.getOrSet({ key, factory: called(loader), tags: Array.isArray(tags) ? [...tags] : [] }),
      get: (key) => cache.get({ key }),
      has: (key) => cache.has({ key }),
      set: (key, value, { tags = [] }) => cache.set({ key, value, tags: [...tags] }),
      delete: (key) => cache.delete({ key }),
      invalidateTags: (tags) => cache.deleteByTag({ tags: [...tags] }),
      clear: () => cache.clear(),
      stop,
    };
  },
  thrown(error) {
    return error instanceof Error && error.cause instanceof LoadFailure ? error.cause : error;
  },
};

/** cacheable with its memory alone, and tags. What it loads has none: `getOrSet` takes no tags. */
export const cacheable: Subject = {
  abilities: { operations: OPERATIONS, varied: false, taggedLoads: false },
  isImmediate: false,
  drain,
  create(_plan, clock) {
    const stop = useTime(clock);
    const cache = new Cacheable({ ttl: '1h', tags: true });
    // Its errors are thrown, too, where that is asked for.
    cache.on('error', () => {});
    return {
      getOrLoad: (key, loader) => cache.getOrSet(key, called(loader), { throwErrors: true }),
      get: (key) => cache.get(key),
      has: (key) => cache.has(key),
      // False says nothing of a refusal.
      set: (key, value, { tags = [] }) => cache.set(key, value, { ttl: '1h', tags: [...tags] }),
      delete: (key) => cache.delete(key),
      invalidateTags: (tags) => cache.tags.invalidateTags([...tags]),
      clear: () => cache.clear(),
      stop,
    };
  },
  thrown: (error) => error,
};
