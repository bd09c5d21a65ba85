import { describe, expect, it } from 'vitest';
import { createPolicy, STRATEGIES } from '../../src/policies/index.ts';
import { describePolicy, hit, range, serve, TestEntry } from './describe-policy.ts';

for (const strategy of STRATEGIES) describePolicy(strategy, () => createPolicy(strategy));

/* Adds entries 0 … n - 1 and gives them by number. */
function filled(strategy: (typeof STRATEGIES)[number], expiries: readonly number[]) {
  const policy = createPolicy<TestEntry>(strategy);
  const entries = expiries.map((expiresAt, number) => new TestEntry(number, expiresAt));
  for (const entry of entries) policy.add(entry);
  const drain = () => {
    const numbers: number[] = [];
    for (let entry = policy.evict(); entry !== undefined; entry = policy.evict()) {
      numbers.push(entries.indexOf(entry));
    }
    return numbers;
  };
  return { policy, entries, at: (number: number) => entries[number] as TestEntry, drain };
}

const never = (count: number) => new Array<number>(count).fill(Number.POSITIVE_INFINITY);

describe('the order of eviction', () => {
  it('fifo: as they came, hit or not', () => {
    const { policy, at, drain } = filled('fifo', never(4));
    hit(policy, at(0));
    policy.remove(at(2));
    expect(drain()).toEqual([0, 1, 3]);
  });

  it('lru: the one that was used longest ago', () => {
    const { policy, at, drain } = filled('lru', never(4));
    hit(policy, at(0));
    hit(policy, at(2));
    expect(drain()).toEqual([1, 3, 0, 2]);
  });

  it('lfu: the one that was used least, of equals the one used longest ago', () => {
    const { policy, at, drain } = filled('lfu', never(4));
    hit(policy, at(0));
    hit(policy, at(0));
    hit(policy, at(1));
    hit(policy, at(3));
    const newest = new TestEntry(4);
    policy.add(newest);
    expect(policy.evict()).toBe(at(2));
    policy.remove(newest);
    expect(drain()).toEqual([1, 3, 0]);
  });

  it('lfu: an old favourite goes when others have been used for long enough', () => {
    const { policy, at } = filled('lfu', never(10));
    for (let use = 0; use < 100; use += 1) hit(policy, at(0));
    const present = new Map<number, TestEntry>(range(0, 10).map((number) => [number, at(number)]));
    // Newcomers, each used five times: without ageing the favourite's hundred uses would keep it for good.
    serve(
      policy,
      10,
      range(1000, 1400).flatMap((number) => new Array<number>(5).fill(number)),
      present,
    );
    expect(present.has(0)).toBe(false);
  });

  it('ttl: the soonest to expire, of equals the first that came', () => {
    const { policy, at, drain } = filled('ttl', [50, 10, Number.POSITIVE_INFINITY, 10, 30, 20]);
    hit(policy, at(1));
    policy.remove(at(5));
    expect(drain()).toEqual([1, 3, 4, 0, 2]);
  });

  it('ttl: heeds that an expiry was put off', () => {
    const { at, drain } = filled('ttl', [10, 20, 30]);
    at(0).expiresAt = 25;
    expect(drain()).toEqual([1, 0, 2]);
  });

  it('sieve: passes those that were hit, and goes on from there', () => {
    const { policy, at, drain } = filled('sieve', never(4));
    hit(policy, at(0));
    hit(policy, at(2));
    expect(policy.evict()).toBe(at(1));
    // The hand is at 2, which was hit once, and 3 is the newcomer.
    hit(policy, at(0));
    expect(drain()).toEqual([2, 0, 3]);
  });

  it('s3-fifo: a scan passes through the small queue, a key that comes back stays', () => {
    const policy = createPolicy<TestEntry>('s3-fifo');
    const present = new Map<number, TestEntry>();
    const hot = range(0, 5);
    serve(policy, 10, [...hot, ...hot, ...hot, ...range(100, 140)], present);
    expect(hot.every((number) => present.has(number))).toBe(true);
    // 139 is in the cache, 132 went not long ago: it comes back into the main queue, and outlives newcomers.
    serve(policy, 10, [132, ...range(200, 240)], present);
    expect(present.has(132)).toBe(true);
    expect(present.has(139)).toBe(false);
  });
});
