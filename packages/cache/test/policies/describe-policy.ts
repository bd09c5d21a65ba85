import v8 from 'node:v8';
import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EvictionPolicy, type Expiring, MAX_REUSE, WATCHED } from '../../src/policies/index.ts';

/** An entry of the tests' cache. */
export class TestEntry implements Expiring {
  readonly key: string;
  readonly hash: number;
  readonly bytes = 0;
  expiresAt: number;
  reuse = 0;
  slot = -1;
  queue = 0;

  constructor(number: number, expiresAt = Number.POSITIVE_INFINITY) {
    this.key = `key ${number}`;
    this.hash = hashNumber(number);
    this.expiresAt = expiresAt;
  }
}

/** A well mixed 32-bit hash. */
export function hashNumber(number: number): number {
  let mixed = Math.imul(number ^ 0x5bd1e995, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** What a cache does on a hit. */
export function hit(policy: EvictionPolicy<TestEntry>, entry: TestEntry): void {
  const { reuse } = entry;
  if (reuse === WATCHED) policy.hit(entry);
  else if (reuse < MAX_REUSE) entry.reuse = reuse + 1;
}

/** Serves requests for numbered keys from a cache of a capacity; returns the hits. */
export function serve(
  policy: EvictionPolicy<TestEntry>,
  capacity: number,
  requests: Iterable<number>,
  entries = new Map<number, TestEntry>(),
): number {
  let hits = 0;
  for (const number of requests) {
    const found = entries.get(number);
    if (found !== undefined) {
      hits += 1;
      hit(policy, found);
      continue;
    }
    const entry = new TestEntry(number);
    entries.set(number, entry);
    policy.add(entry);
    if (entries.size <= capacity) continue;
    const victim = policy.evict();
    if (victim === undefined) throw new Error('nothing was evicted from a full cache');
    if (victim === entry) throw new Error('evicted the newcomer');
    const evicted = Number(victim.key.slice('key '.length));
    if (entries.get(evicted) !== victim) throw new Error('evicted what is not there');
    entries.delete(evicted);
  }
  return hits;
}

type Step =
  | { kind: 'request'; number: number; expiresAt: number }
  | { kind: 'remove'; number: number }
  | { kind: 'evict' }
  | { kind: 'resize'; capacity: number }
  | { kind: 'clear' };

const CAPACITIES = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
);

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      number: fc.nat(60),
      expiresAt: fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('remove' as const), number: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'evict' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), capacity: CAPACITIES }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'clear' }) },
);

/** What every eviction policy must do, whatever it chooses. */
export function describePolicy(name: string, create: () => EvictionPolicy<TestEntry>): void {
  describe(name, () => {
    it('evicts or lets go of each entry once, in any interleaving', () => {
      fc.assert(
        fc.property(CAPACITIES, fc.array(STEP, { maxLength: 400 }), (maxEntries, steps) => {
          const policy = create();
          const entries = new Map<number, TestEntry>();
          let capacity = maxEntries;
          const evict = () => {
            const victim = policy.evict();
            expect(victim === undefined).toBe(entries.size === 0);
            if (victim === undefined) return;
            const number = [...entries].find(([, entry]) => entry === victim)?.[0];
            expect(number, 'evicted what is not there').toBeDefined();
            entries.delete(number as number);
          };
          for (const step of steps) {
            switch (step.kind) {
              case 'request': {
                const found = entries.get(step.number);
                if (found !== undefined) {
                  hit(policy, found);
                  break;
                }
                const entry = new TestEntry(step.number, step.expiresAt);
                entries.set(step.number, entry);
                policy.add(entry);
                break;
              }
              case 'remove': {
                const entry = entries.get(step.number);
                if (entry === undefined) break;
                policy.remove(entry);
                entries.delete(step.number);
                break;
              }
              case 'evict':
                evict();
                break;
              case 'resize':
                capacity = step.capacity;
                break;
              case 'clear':
                policy.clear();
                entries.clear();
                break;
            }
            while (entries.size > capacity) evict();
          }
          while (entries.size > 0) evict();
          expect(policy.evict()).toBeUndefined();
        }),
        { numRuns: 300 },
      );
    });

    it('has nothing to evict at first, and after it was cleared', () => {
      const policy = create();
      expect(policy.evict()).toBeUndefined();
      serve(policy, 10, range(0, 100));
      policy.clear();
      expect(policy.evict()).toBeUndefined();
      expect(serve(policy, 10, [...range(0, 5), ...range(0, 5)])).toBe(5);
    });

    it('leaves alone what it is told to remove twice, or what was evicted', () => {
      const policy = create();
      const [first, second] = [new TestEntry(1), new TestEntry(2)];
      policy.add(first);
      policy.remove(first);
      policy.remove(first);
      policy.add(second);
      policy.remove(first);
      expect(policy.evict()).toBe(second);
      policy.remove(second);
      policy.add(first);
      policy.remove(second);
      expect(policy.evict()).toBe(first);
      expect(policy.evict()).toBeUndefined();
    });

    it('takes an entry again that it has let go', () => {
      const policy = create();
      const entry = new TestEntry(1);
      for (let round = 0; round < 20; round += 1) {
        policy.add(entry);
        hit(policy, entry);
        if (round % 2 === 0) policy.remove(entry);
        else expect(policy.evict()).toBe(entry);
      }
      expect(policy.evict()).toBeUndefined();
    });

    it('survives a cache of one', () => {
      expect(serve(create(), 1, [1, 1, 2, 2, 3, 3, 1, 1])).toBe(4);
    });

    it('goes on when bytes alone limit the cache, and its population comes and goes', () => {
      const policy = create();
      const entries = new Map<number, TestEntry>();
      for (const capacity of [1000, 10, 3000, 1, 200]) {
        while (entries.size > capacity) {
          const victim = policy.evict();
          expect(entries.delete(Number(victim?.key.slice('key '.length)))).toBe(true);
        }
        serve(policy, capacity, zipfRequests(20_000, 5000), entries);
        expect(entries.size).toBeLessThanOrEqual(capacity);
      }
    });

    it('allocates nothing up front for five million entries', () => {
      const before = memory();
      const policies = Array.from({ length: 8 }, () => create());
      for (const policy of policies) policy.add(new TestEntry(1));
      expect((memory() - before) / policies.length).toBeLessThan(256 * 1024);
      for (const policy of policies) expect(policy.evict()?.key).toBe('key 1');
    });

    it('keeps no more than so many bytes for each entry, however many pass through', () => {
      const policy = create();
      const entries = new Map<number, TestEntry>();
      serve(policy, 2000, numbersFrom(0, 20_000), entries);
      const before = memory();
      serve(policy, 2000, numbersFrom(20_000, 300_000), entries);
      expect(memory() - before).toBeLessThan(2000 * 256);
    });

    it('takes about as long for an eviction from a large cache as from a small one', () => {
      // Medians of the steps of an eviction would need a probe inside: the time of many, with room to spare.
      const small = timeOfEvictions(create(), 1000);
      const large = timeOfEvictions(create(), 64_000);
      expect(large).toBeLessThan(small * 20 + 100);
    });
  });
}

/** Numbers from one up to another, that one not included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function* numbersFrom(from: number, to: number): Generator<number> {
  for (let number = from; number < to; number += 1) yield number;
}

/** Requests for keys whose popularity falls off as their number rises; the same at each call. */
export function* zipfRequests(requests: number, keys: number): Generator<number> {
  let state = 1;
  for (let at = 0; at < requests; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    yield Math.floor(keys ** ((state >>> 0) / 2 ** 32)) - 1;
  }
}

function timeOfEvictions(policy: EvictionPolicy<TestEntry>, capacity: number): number {
  const entries = new Map<number, TestEntry>();
  serve(policy, capacity, range(0, capacity), entries);
  for (const entry of entries.values()) hit(policy, entry);
  serve(policy, capacity, range(capacity, capacity + 2000), entries);
  const start = performance.now();
  serve(policy, capacity, range(capacity + 2000, capacity + 12_000), entries);
  return performance.now() - start;
}

/* Exposes the collector, so that garbage does not count. */
v8.setFlagsFromString('--expose-gc');
const collect: () => void = vm.runInNewContext('gc');

function memory(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
