import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { expect } from 'vitest';
import { Cache, type CacheOptions, type Fence } from '../../src/index.ts';

/* Names that an object as a map would trip over among them, and some that share prefixes. */
export const KEYS = ['', 'a', 'a:1', 'a:2', 'b:1', 'b:2', '__proto__', 'constructor', 'é😀'] as const;
const TAGS = ['red', 'blue', 'round'] as const;
const PREFIXES = ['a:', 'b', ''] as const;
const GLOBS = ['a*', '*:1', '?:2', '[!a]*'] as const;
const FALSY = [undefined, null, 0, false, '', Number.NaN] as const;

/* Some more often, so that they are overwritten before much else happens. */
const key = fc.constantFrom(...KEYS, 'a', 'a', 'a:1', 'a:1');
const tags = fc.option(fc.subarray([...TAGS]), { nil: undefined, freq: 1 });
const ttl = fc.option(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Number.POSITIVE_INFINITY)), {
  nil: undefined,
});

const STEP = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      key,
      ttl,
      tags,
      keepStale: fc.constantFrom(0, 0, 20),
      falsy: fc.option(fc.constantFrom(...FALSY.keys()), { nil: undefined, freq: 3 }),
      fenced: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('has' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('peek' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), rare: fc.integer({ max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('invalidateTags' as const),
      tags: fc.subarray([...TAGS], { minLength: 1 }),
      soft: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('invalidatePrefix' as const),
      prefix: fc.constantFrom(...PREFIXES),
      soft: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('invalidatePattern' as const),
      pattern: fc.constantFrom<string | RegExp>(...GLOBS, /^a/, /2$/g),
      soft: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fence' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      maxSize: fc.integer({ min: 1, max: KEYS.length }),
    }),
  },
);

export type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

export const STEPS = fc.array(STEP, { minLength: 1, maxLength: 80 });

interface ModelEntry {
  readonly value: unknown;
  readonly expiresAt: number;
  readonly tags: readonly string[];
}

/** What has happened since a fence was taken. */
interface ModelFence {
  readonly fence: Fence;
  readonly keys: Set<string>;
  readonly tags: Set<string>;
  all: boolean;
}

/**
 * A cache beside a simple model of it. Where the model has nothing, the cache must have nothing; where it has a value,
 * the cache must have that one, unless it may have been evicted.
 */
export class ModelledCache {
  readonly #clock = new VirtualClock();
  readonly #cache: Cache;
  readonly #model = new Map<string, ModelEntry>();
  readonly #fences: ModelFence[] = [];
  /* Keys that the cache may still hold an entry of, fresh or stale. */
  readonly #set = new Set<string>();
  readonly #resizes: boolean;
  readonly #sizeOf: ((value: unknown, key: string) => number) | undefined;
  #maxSize: number;
  #maxBytes: number;
  #next = 1;
  #now = 0;

  constructor(options: CacheOptions & { readonly maxSize: number }, resizes: boolean) {
    this.#cache = new Cache({ clock: this.#clock, ttlJitter: 0, ...options });
    this.#maxSize = options.maxSize;
    this.#maxBytes = typeof options.maxBytes === 'number' ? options.maxBytes : Number.POSITIVE_INFINITY;
    this.#sizeOf = options.sizeOf;
    this.#resizes = resizes;
  }

  run(step: Step): void {
    const before = this.#cache.getStats();
    const isNew = step.kind === 'set' && !this.#model.has(step.key);
    this.#do(step);
    const after = this.#cache.getStats();
    // Entries appear by sets alone, one each, and go for one reason each.
    const removed = sum(after.removed) - sum(before.removed);
    const added = after.entries - before.entries + removed;
    if (after.sets === before.sets) expect(added).toBe(0);
    else expect(added).toBeLessThanOrEqual(1);
    if (isNew && after.sets > before.sets && before.entries === 0) expect(added).toBe(1);
    expect(after.entries).toBe(this.#cache.size);
    expect(after.entries).toBeLessThanOrEqual(this.#maxSize);
    expect(after.bytes).toBeLessThanOrEqual(this.#maxBytes);
  }

  /** What is to hold whenever all that is dead has been swept. */
  finish(): void {
    this.#cache.sweep();
    const entries = [...this.#cache.entries()];
    for (const [key, value] of entries) expect([key, value]).toEqual([key, this.#fresh(key)?.value]);
    expect([...this.#cache.keys()]).toEqual(entries.map(([key]) => key));
    for (const key of KEYS) this.#expect(key, this.#cache.has(key), this.#cache.peek(key));
    const sizeOf = this.#sizeOf;
    if (sizeOf !== undefined) {
      const bytes = entries.reduce((total, [key, value]) => total + sizeOf(value, key), 0);
      expect(this.#cache.getStats()).toMatchObject({ entries: entries.length, bytes });
    }
    this.#cache.clear();
    expect(this.#cache.getStats()).toMatchObject({ entries: 0, bytes: 0 });
    this.#cache.stop();
    expect(this.#clock.pending).toBe(0);
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'set':
        this.#store(step);
        break;
      case 'get': {
        const { hits, misses } = this.#cache.getStats();
        const value = this.#cache.get(step.key);
        const stats = this.#cache.getStats();
        const isHit = stats.hits - hits === 1;
        expect([stats.hits - hits, stats.misses - misses]).toEqual(isHit ? [1, 0] : [0, 1]);
        this.#expect(step.key, isHit, value);
        break;
      }
      case 'has':
        this.#expect(step.key, this.#cache.has(step.key), this.#cache.peek(step.key));
        break;
      case 'peek': {
        const stats = this.#cache.getStats();
        const value = this.#cache.peek(step.key);
        expect(this.#cache.getStats()).toMatchObject({ hits: stats.hits, misses: stats.misses });
        this.#expect(step.key, this.#cache.has(step.key), value);
        break;
      }
      case 'delete': {
        const had = this.#cache.delete(step.key);
        if (this.#fresh(step.key) !== undefined && !this.#mayEvict) expect(had).toBe(true);
        // A stale one that is kept counts as there.
        if (!this.#set.has(step.key)) expect(had).toBe(false);
        this.#model.delete(step.key);
        this.#set.delete(step.key);
        this.#touched(step.key);
        expect(this.#cache.has(step.key)).toBe(false);
        break;
      }
      case 'clear':
        if (step.rare > 0) return;
        this.#cache.clear();
        this.#model.clear();
        this.#set.clear();
        for (const fence of this.#fences) fence.all = true;
        expect(this.#cache.size).toBe(0);
        break;
      case 'invalidateTags':
        this.#cache.invalidateTags(step.tags, { soft: step.soft });
        for (const tag of step.tags) {
          this.#forget((_key, entry) => entry.tags.includes(tag));
          for (const fence of this.#fences) fence.tags.add(tag);
        }
        break;
      case 'invalidatePrefix':
        this.#cache.invalidatePrefix(step.prefix, { soft: step.soft });
        this.#invalidate((key) => key.startsWith(step.prefix));
        break;
      case 'invalidatePattern': {
        this.#cache.invalidatePattern(step.pattern, { soft: step.soft });
        const expression =
          step.pattern instanceof RegExp ? new RegExp(step.pattern.source) : PLAIN[step.pattern];
        this.#invalidate((key) => expression?.test(key) ?? false);
        break;
      }
      case 'advance':
        this.#clock.advance(step.ms);
        this.#now += step.ms;
        break;
      case 'sweep':
        this.#cache.sweep();
        break;
      case 'fence':
        if (this.#fences.length >= 3) return;
        this.#fences.push({ fence: this.#cache.fence(), keys: new Set(), tags: new Set(), all: false });
        break;
      case 'release': {
        const released = this.#fences.shift();
        if (released !== undefined) this.#cache.release(released.fence);
        break;
      }
      default:
        if (!this.#resizes) return;
        this.#cache.maxSize = step.maxSize;
        this.#maxSize = step.maxSize;
        expect(this.#cache.size).toBeLessThanOrEqual(step.maxSize);
    }
  }

  #store({ key, ttl, tags, keepStale, falsy, fenced }: Extract<Step, { kind: 'set' }>): void {
    const value = falsy === undefined ? this.#next++ : FALSY[falsy];
    const fence = fenced ? this.#fences[0] : undefined;
    const isFenced =
      fence !== undefined &&
      (fence.all || fence.keys.has(key) || (tags?.some((tag) => fence.tags.has(tag)) ?? false));
    const stored = this.#cache.set(key, value, {
      ...(ttl !== undefined && { ttl }),
      ...(tags !== undefined && { tags }),
      ...(keepStale > 0 && this.#sizeOf === undefined && { keepStale }),
      ...(fence !== undefined && { fence: fence.fence }),
    });
    expect(stored).toBe(!isFenced);
    if (isFenced) return;
    this.#model.set(key, {
      value,
      expiresAt: this.#now + (ttl ?? Number.POSITIVE_INFINITY),
      tags: tags ?? [],
    });
    this.#set.add(key);
    // A load that began later may still replace the value: it is not older.
    this.#touched(key, fence?.fence);
    this.#expect(key, this.#cache.has(key), this.#cache.peek(key));
  }

  get #mayEvict(): boolean {
    return this.#cache.getStats().removed.capacity > 0;
  }

  #fresh(key: string): ModelEntry | undefined {
    const entry = this.#model.get(key);
    return entry !== undefined && entry.expiresAt > this.#now ? entry : undefined;
  }

  #expect(key: string, isThere: boolean, value: unknown): void {
    const entry = this.#fresh(key);
    if (entry === undefined) expect([key, isThere, value]).toEqual([key, false, undefined]);
    else if (isThere || !this.#mayEvict) expect([key, isThere, value]).toEqual([key, true, entry.value]);
    else expect(value).toBe(undefined);
  }

  #invalidate(matches: (key: string) => boolean): void {
    this.#forget(matches);
    for (const fence of this.#fences) for (const key of KEYS) if (matches(key)) fence.keys.add(key);
  }

  #forget(isGone: (key: string, entry: ModelEntry) => boolean): void {
    for (const [key, entry] of this.#model) if (isGone(key, entry)) this.#model.delete(key);
  }

  #touched(key: string, upTo: Fence = Number.POSITIVE_INFINITY): void {
    for (const fence of this.#fences) if (fence.fence <= upTo) fence.keys.add(key);
  }
}

/* What the globs mean, written by another hand than the one that compiles them. */
const PLAIN: Readonly<Record<string, RegExp>> = {
  'a*': /^a/,
  '*:1': /:1$/,
  '?:2': /^.:2$/,
  '[!a]*': /^[^a]/,
};

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
