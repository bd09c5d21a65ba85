import { Fences } from '../../src/invalidation/fences.ts';
import { Invalidations } from '../../src/invalidation/invalidations.ts';
import { TagTable } from '../../src/invalidation/tags.ts';
import { Batch } from '../../src/loading/batch.ts';
import { Failures } from '../../src/loading/failures.ts';
import { CacheStore } from '../../src/store/cache-store.ts';
import type { Fault } from './model.ts';

/** The cache, broken on purpose: what has to be found in its schedules, or else they prove nothing. */
export interface Mutant {
  readonly fault: Fault;
  /** Breaks it, in the whole process. Returns what mends it again. */
  break(): () => void;
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'stores and joins what was overtaken': {
    fault: 'stale',
    break: () => replace(Invalidations.prototype, 'refuses', () => () => false),
  },
  'stores what was overtaken by deletes': {
    fault: 'stale',
    break: () => replace(Fences.prototype, 'refuse', () => () => false),
  },
  'joins flights that were overtaken': {
    fault: 'stale',
    break: () => replace(CacheStore.prototype, 'isFenced', () => () => false),
  },
  'forgets sets of tags while loading': {
    fault: 'stale',
    break: () => replace(TagTable.prototype, 'invalidatedAt', () => () => 0),
  },
  'ignores invalidations of tags': {
    fault: 'stale',
    break: () => replace(TagTable.prototype, 'invalidate', () => () => {}),
  },
  'ignores invalidations by prefix': {
    fault: 'stale',
    break: () => replace(Invalidations.prototype, 'invalidatePrefix', () => () => {}),
  },
  'ignores invalidations by pattern': {
    fault: 'stale',
    break: () => replace(Invalidations.prototype, 'invalidateMatching', () => () => {}),
  },
  'takes hard invalidations for soft ones': {
    fault: 'stale',
    break: () =>
      replace(Invalidations.prototype, 'verdict', (verdict) => {
        return function (this: Invalidations, entry) {
          const given = verdict.call(this, entry);
          return given === 'hard' ? 'soft' : given;
        };
      }),
  },
  'takes what is stale for fresh': {
    fault: 'expired',
    break: () => replace(CacheStore.prototype, 'isFresh', () => () => true),
  },
  'confuses values': {
    fault: 'foreign',
    break: () => replace(CacheStore.prototype, 'valueOf', () => () => ({ id: 0, size: 1 })),
  },
  'stores nothing that is set': {
    fault: 'lost',
    break: () => replace(CacheStore.prototype, 'set', () => () => true),
  },
  'joins nothing': {
    fault: 'second load',
    break: () => replace(CacheStore.prototype, 'isFenced', () => () => true),
  },
  'remembers errors past invalidations': {
    fault: 'stale error',
    break: () => replace(Failures.prototype, 'clear', () => () => {}),
  },
  'remembers errors for ever': {
    fault: 'expired error',
    break: () =>
      replace(Failures.prototype, 'add', (add) => {
        return function (this: Failures, key, error, now) {
          add.call(this, key, error, now, Infinity);
        };
      }),
  },
  'never ends loads of several keys': {
    fault: 'hang',
    break: () => replace(Batch.prototype, 'load', () => () => new Promise(() => {})),
  },
  'goes on after stop()': {
    fault: 'left',
    break: () => replace(CacheStore.prototype, 'stop', () => () => {}),
  },
};

function replace<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  by: (original: T[K]) => T[K],
): () => void {
  const original = prototype[name];
  prototype[name] = by(original);
  return () => {
    prototype[name] = original;
  };
}
