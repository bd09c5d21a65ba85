import { CacheManager } from '../../src/index.ts';
import { OPERATIONS, OVERSIZE } from './plan.ts';
import { type Subject, turns } from './subject.ts';

/* Several times what the longest chain of promises takes, from a loader's end to the last reader. */
const DRAIN_TURNS = 40;

/** The cache manager, with everything it has but a second tier. */
export const evenkeel: Subject = {
  abilities: { operations: OPERATIONS, varied: true, taggedLoads: true },
  isImmediate: true,
  drain: () => turns(DRAIN_TURNS),
  create({ strategy, maxSize, maxEntryBytes, ttlJitter, valueMode }, clock, random) {
    const bounds =
      maxEntryBytes === undefined
        ? {}
        : { maxEntryBytes, maxBytes: 2 * OVERSIZE, sizeOf: (value: unknown) => sizeOf(value) };
    return new CacheManager({ strategy, maxSize, ttlJitter, valueMode, clock, random, ...bounds });
  },
  thrown: (error) => error,
};

function sizeOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'size' in value ? Number(value.size) : 1;
}
