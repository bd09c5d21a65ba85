import { describe, expect, it } from 'vitest';
import { Adaptive } from '../../src/policies/adaptive.ts';
import { createPolicy, WATCHED } from '../../src/policies/index.ts';
import { hit, range, serve, TestEntry, zipfRequests } from './describe-policy.ts';

const CAPACITY = 400;

/* The share of hits in the last third of the requests. */
function lateHitRatio(strategy: 'adaptive' | 'lru' | 'lfu' | 'sieve', requests: readonly number[]): number {
  const policy = createPolicy<TestEntry>(strategy);
  const entries = new Map<number, TestEntry>();
  const from = Math.floor((2 * requests.length) / 3);
  serve(policy, CAPACITY, requests.slice(0, from), entries);
  return serve(policy, CAPACITY, requests.slice(from), entries) / (requests.length - from);
}

const loop = (keys: number, requests: number) => range(0, requests).map((at) => at % keys);

/* Each key twice, with others in between, and never again. */
const usedTwice = (distance: number, requests: number) =>
  range(0, requests).map((at) => (at % 2 === 0 ? at : Math.max(0, at - 1 - 2 * distance)));

describe('the adaptive policy', () => {
  it('keeps a part of a loop that is too long for the cache', () => {
    const requests = loop(600, 60_000);
    expect(lateHitRatio('lru', requests)).toBe(0);
    expect(lateHitRatio('adaptive', requests)).toBeGreaterThan(0.62);
  });

  it('follows recency', () => {
    const requests = usedTwice(150, 60_000);
    expect(lateHitRatio('lru', requests)).toBe(0.5);
    expect(lateHitRatio('adaptive', requests)).toBeGreaterThan(0.49);
  });

  it('keeps the popular keys through scans', () => {
    const popular = [...zipfRequests(100_000, 20_000)];
    const requests = popular.flatMap((number, at) => (at % 2 === 0 ? [number] : [number, 1_000_000 + at]));
    expect(lateHitRatio('adaptive', requests)).toBeGreaterThan(lateHitRatio('lru', requests) + 0.02);
  });

  it('finds its way from one load to another and back', () => {
    const requests = [...usedTwice(100, 30_000), ...loop(600, 60_000), ...usedTwice(100, 30_000)];
    const policy = createPolicy<TestEntry>('adaptive');
    const entries = new Map<number, TestEntry>();
    const hits = [
      requests.slice(0, 30_000),
      requests.slice(30_000, 90_000),
      requests.slice(90_000).map((number) => number + 1_000_000),
    ].map((part) => serve(policy, CAPACITY, part, entries) / part.length);
    // Before it has found its way there is less of the loop and of recency alike.
    expect(hits[0]).toBeGreaterThan(0.4);
    expect(hits[1]).toBeGreaterThan(0.45);
    expect(hits[2]).toBeGreaterThan(0.4);
  });

  it('gives newcomers another share when the load asks for it', () => {
    const policy = new Adaptive<TestEntry>();
    const initial = policy.window;
    serve(policy, CAPACITY, usedTwice(150, 30_000));
    expect(policy.window).toBeGreaterThan(initial);
  });

  it('keeps to a window that is pinned, and chooses again when it no longer is', () => {
    const policy = new Adaptive<TestEntry>();
    const entries = new Map<number, TestEntry>();
    policy.pinWindow(0.05);
    serve(policy, CAPACITY, usedTwice(150, 30_000), entries);
    expect(policy.window).toBe(0.05);
    expect([...entries.values()].every((entry) => entry.reuse !== WATCHED)).toBe(true);
    policy.pinWindow(undefined);
    serve(
      policy,
      CAPACITY,
      usedTwice(150, 30_000).map((number) => number + 1_000_000),
      entries,
    );
    expect(policy.window).toBeGreaterThan(0.3);
  });

  it('counts hits in the entry alone while nothing is evicted', () => {
    const policy = new Adaptive<TestEntry>();
    const entries = new Map<number, TestEntry>();
    serve(policy, CAPACITY, zipfRequests(20_000, CAPACITY), entries);
    expect([...entries.values()].some((entry) => entry.reuse === WATCHED)).toBe(false);
  });

  it('watches a sample of the entries while it evicts, and stops when it no longer does', () => {
    const policy = new Adaptive<TestEntry>();
    const entries = new Map<number, TestEntry>();
    const watched = () => [...entries.values()].filter((entry) => entry.reuse === WATCHED);
    serve(policy, 2000, range(0, 3000), entries);
    expect(watched().length).toBeGreaterThan(100);
    expect(watched().length).toBeLessThan(1000);
    for (let round = 0; round < 20; round += 1) for (const entry of entries.values()) hit(policy, entry);
    expect(watched()).toEqual([]);
    for (const entry of entries.values()) expect(entry.reuse).toBe(3);
  });

  it('does a bounded work for one eviction, though all entries were hit again and again', () => {
    const policy = new Adaptive<TestEntry>();
    const entries = range(0, 100_000).map((number) => new TestEntry(number));
    for (const entry of entries) policy.add(entry);
    for (let round = 0; round < 3; round += 1) for (const entry of entries) hit(policy, entry);
    policy.add(new TestEntry(100_000));
    expect(policy.evict()).toBeDefined();
    const changed = entries.filter((entry) => entry.reuse !== 3 && entry.reuse !== WATCHED);
    expect(changed.length).toBeLessThan(200);
  });
});
