import { seededRandom } from '@evenkeel/core';
import { STRATEGIES, type Strategy, type ValueMode } from '../../src/index.ts';

/** The last two are the keys of a memoized function, called with 'x' and 'y'. */
export const KEYS = ['a:1', 'a:2', 'b:1', 'b:2', 'b:3', 'm(s1:x)', 'm(s1:y)'] as const;
export const ARGUMENTS = ['x', 'y'] as const;
export const FIRST_MEMOIZED = 5;

export const TAGS = ['red', 'green', 'blue'] as const;

export const PREFIXES = ['a:', 'b:', 'm(', ''] as const;
/** Each with what it means. */
export const PATTERNS: readonly (readonly [string | RegExp, RegExp])[] = [
  ['*:1', /:1$/],
  ['b:[12]', /^b:[12]$/],
  [/[2y]\)?$/, /[2y]\)?$/],
  ['a:*', /^a:/],
  ['m(s1:?)', /^m/],
];

/** Every bit is a key, or a tag. */
export const ALL_KEYS = 2 ** KEYS.length - 1;

/* What can happen in a schedule, and how often. */
const WEIGHTS = {
  load: 22,
  loadMany: 3,
  memoized: 3,
  settle: 20,
  abort: 1,
  get: 6,
  peek: 3,
  has: 2,
  localGet: 3,
  localHas: 1,
  localEntries: 1,
  set: 5,
  localSet: 2,
  openFence: 3,
  setFenced: 3,
  delete: 4,
  localDelete: 1,
  invalidateTags: 6,
  localInvalidateTags: 1,
  invalidatePrefix: 2,
  invalidatePattern: 2,
  clear: 1,
  advance: 9,
  sweep: 1,
  resize: 1,
  drain: 3,
  flood: 0.02,
} as const;

export type Operation = keyof typeof WEIGHTS;

export const OPERATIONS = Object.keys(WEIGHTS) as readonly Operation[];

/** One step: what is done, with numbers to choose by, and how many turns of microtasks are let pass afterwards. */
export interface Step {
  readonly operation: Operation;
  readonly key: number;
  /** Any number: which of the loads that are under way, which tags, how long. */
  readonly pick: number;
  /** Another, for choices that do not hang together with the first. */
  readonly way: number;
  readonly turns: number;
}

/** How some of the loads of a schedule are asked for; times in ms. */
export interface Profile {
  readonly ttl: number;
  readonly negativeTtl: number | undefined;
  readonly errorTtl: number;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly earlyRefresh: number;
  readonly loadTimeout: number | undefined;
  /** Bits. */
  readonly tags: number;
  /** Whether the tags are a function of the value, and so not known before it. */
  readonly tagsByValue: boolean;
}

/** A schedule: what a cache is made with and what is done to it. The same seed gives the same. */
export interface Plan {
  readonly seed: number;
  readonly strategy: Strategy;
  readonly maxSize: number;
  readonly maxEntryBytes: number | undefined;
  readonly ttlJitter: number;
  readonly valueMode: ValueMode;
  readonly profiles: readonly Profile[];
  readonly steps: readonly Step[];
}

/** What not every cache has: a plan for those is made without. */
export interface Abilities {
  readonly operations: readonly Operation[];
  /** Times to live, stale values, errors that are remembered, bounds, modes: what else a plan varies. */
  readonly varied: boolean;
  /** Whether what is loaded can have tags. */
  readonly taggedLoads: boolean;
}

/* Sizes that hold all keys, of one table and of several, and such that evict most of the time. */
const AMPLE_SIZE = 64;
const SEVERAL_TABLES = 200_000;
export const isAmple = ({ maxSize, maxEntryBytes }: Plan) =>
  maxSize >= AMPLE_SIZE && maxEntryBytes === undefined;

/** Larger values than a plan with `maxEntryBytes` takes. */
export const OVERSIZE = 9;

export function planSchedule(seed: number, { operations, varied, taggedLoads }: Abilities): Plan {
  const random = seededRandom(seed);
  const below = (count: number) => Math.floor(count * random());
  const chance = (share: number) => random() < share;
  const oneOf = <T>(choices: readonly T[]) => choices[below(choices.length)] as T;
  const profile = (): Profile => ({
    ttl: varied ? oneOf([20, 100, Infinity]) : 3_600_000,
    negativeTtl: varied ? oneOf([undefined, undefined, 0, 10]) : undefined,
    errorTtl: varied && chance(0.3) ? 30 : 0,
    staleWhileRevalidate: varied && chance(0.4) ? 40 : 0,
    staleIfError: varied && chance(0.4) ? 60 : 0,
    earlyRefresh: varied && chance(0.5) ? oneOf([1, 20]) : 0,
    loadTimeout: varied && chance(0.15) ? 25 : undefined,
    tags: !taggedLoads || chance(0.25) ? 0 : 1 + below(2 ** TAGS.length - 1),
    tagsByValue: varied && chance(0.3),
  });
  const weights = operations.map((operation) => WEIGHTS[operation]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const operation = () => {
    let left = random() * total;
    const at = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return operations[at] as Operation;
  };
  // Few keys make for many encounters.
  const keys = chance(0.5) ? 2 : KEYS.length;
  const step = (): Step => ({
    operation: operation(),
    key: keys === 2 ? oneOf([0, 2]) : below(keys),
    pick: below(2 ** 20),
    way: below(2 ** 20),
    turns: turns(random()),
  });
  return {
    seed,
    strategy: varied ? oneOf(STRATEGIES) : 'lru',
    maxSize: !varied || chance(0.6) ? AMPLE_SIZE : chance(0.05) ? SEVERAL_TABLES : 1 + below(3),
    maxEntryBytes: varied && chance(0.1) ? OVERSIZE - 1 : undefined,
    ttlJitter: varied && chance(0.5) ? 0.1 : 0,
    valueMode: varied && chance(0.15) ? oneOf(['freeze', 'clone', 'serialized']) : 'reference',
    profiles: [profile(), profile()],
    steps: Array.from({ length: 15 + below(35) }, step),
  };
}

/* Loads and writes take up to a dozen turns: some steps meet them half way, some find them done. */
function turns(random: number): number {
  if (random < 0.35) return 0;
  if (random < 0.85) return 1 + Math.floor((random - 0.35) * 12);
  return Math.floor((random - 0.85) * 200);
}
