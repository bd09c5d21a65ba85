import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashRing, keysOf, moves, spread } from '../../proofs/hash/check.ts';
import { HashStrategy } from '../../src/strategies/hash.ts';
import { Driver } from './driver.ts';

const KEYS = keysOf(5000);
const ones = (count: number) => Array.from({ length: count }, () => 1);
const create = (loadFactor = 1.25) => new Driver((fleet) => new HashStrategy(fleet, loadFactor));

function ringOf(ids: readonly string[], weightOf: (id: string) => number = () => 1): HashRing {
  const ring = new HashRing();
  for (const id of ids) ring.add(id, weightOf(id));
  return ring;
}

const idsOf = (count: number) => Array.from({ length: count }, (_, at) => `server-${at}`);

describe('HashStrategy', () => {
  it('spreads keys evenly, to servers by the hundred', () => {
    const { max, min } = spread(ringOf(idsOf(200)).findAll(keysOf(200_000)), 200);
    // A thousand keys each: four standard deviations of that alone are 13 %.
    expect(max).toBeLessThan(1.15);
    expect(min).toBeGreaterThan(0.85);
  });

  it('spreads keys by weight, also few servers and fractions', () => {
    const weights: Readonly<Record<string, number>> = { a: 1, b: 2, c: 4, d: 0.5, e: 12.5 };
    const found = ringOf(Object.keys(weights), (id) => weights[id] as number).findAll(keysOf(100_000));
    for (const [id, weight] of Object.entries(weights)) {
      const share = found.filter((each) => each === id).length / found.length;
      expect(Math.abs(share / (weight / 20) - 1)).toBeLessThan(0.06);
    }
  });

  it('depends on the servers and their weights alone, however they came to be', () => {
    const change = fc.record({
      id: fc.nat(60),
      weight: fc.constantFrom(0, 0.1, 1, 1, 1, 2, 7),
      looksUp: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 150 }), (changes) => {
        const ring = new HashRing();
        const weights = new Map<string, number>();
        for (const { id: number, weight, looksUp } of changes) {
          const id = `server-${number}`;
          if (!weights.has(id)) ring.add(id, weight);
          else if (weight === 0) ring.remove(id);
          else ring.setWeight(id, weight);
          if (weight === 0 && weights.has(id)) weights.delete(id);
          else weights.set(id, weight);
          if (looksUp) ring.findAll(KEYS.slice(0, 50));
        }
        const anew = new HashRing();
        for (const [id, weight] of [...weights].toSorted()) anew.add(id, weight);
        expect(ring.findAll(KEYS.slice(0, 300))).toEqual(anew.findAll(KEYS.slice(0, 300)));
      }),
      { numRuns: 60 },
    );
  });

  it.each([3, 20, 300])('moves no keys but those of the server that changes: %i servers', (count) => {
    const ring = ringOf(idsOf(count), (id) => 1 + (id.length % 3));
    const before = ring.findAll(KEYS);
    const changed = new Set(['server-1']);

    ring.setWeight('server-1', 0);
    const away = ring.findAll(KEYS);
    expect(moves(before, away, changed).needless).toBe(0);
    expect(away).not.toContain('server-1');
    ring.setWeight('server-1', 1 + ('server-1'.length % 3));
    expect(ring.findAll(KEYS)).toEqual(before);

    ring.remove('server-1');
    expect(ring.findAll(KEYS)).toEqual(away);
    ring.add('server-1', 4);
    const heavier = moves(before, ring.findAll(KEYS), changed);
    expect(heavier.needless).toBe(0);
    expect(heavier.due).toBeGreaterThan(0);
    expect(heavier.due).toBeLessThan(4 / count);
  });

  it('moves as many keys as the share of a server that comes, and all of them to it', () => {
    const keys = keysOf(100_000);
    const ring = ringOf(idsOf(99));
    const before = ring.findAll(keys);
    ring.add('new');
    const after = ring.findAll(keys);
    const { due, needless } = moves(before, after, new Set(['new']));
    expect(needless).toBe(0);
    expect(Math.abs(due * 100 - 1)).toBeLessThan(0.15);
  });

  it('is right after more changes than it remembers, and more than it can number', () => {
    const ring = ringOf(idsOf(40));
    const before = ring.findAll(KEYS);
    for (const changes of [10, 100, 5000]) {
      for (let at = 0; at < changes; at++) ring.setWeight(`server-${at % 40}`, 1 + ((at >> 1) & 1));
      for (const id of idsOf(40)) ring.setWeight(id, 1);
      expect(ring.findAll(KEYS)).toEqual(before);
    }
  });

  it('bounds the load by spreading hot keys over the same further servers', () => {
    const driver = create();
    driver.addAll(ones(100));
    const random = seededRandom(11);
    // Zipf: the hottest of 5000 keys has a tenth of the traffic.
    const keyOf = () => `key ${Math.floor(5000 ** random())}`;
    const underWay: number[] = [];
    let most = 0;
    for (let at = 0; at < 20_000; at++) {
      if (underWay.length === 1000) {
        const [ended] = underWay.splice(Math.floor(random() * 1000), 1);
        driver.finish(ended as number);
      }
      const slot = driver.pick(undefined, keyOf());
      underWay.push(slot);
      if (at > 1000) most = Math.max(most, driver.fleet.inFlight[slot] as number);
    }
    expect(most).toBeLessThanOrEqual(Math.ceil(1.25 * 10));

    const order = new Set(Array.from({ length: 40 }, () => driver.choose(undefined, 'one key')));
    expect(order.size).toBe(1);
  });

  it('sends a key to the same second server while the first is full, tried or away', () => {
    const driver = create();
    driver.addAll(ones(50));
    for (let at = 0; at < 50; at++) driver.start(at);
    const first = driver.choose(undefined, 'key');
    const second = driver.choose([first], 'key');
    expect(second).not.toBe(first);
    for (let at = 0; at < 3; at++) driver.start(first);
    expect(driver.choose(undefined, 'key')).toBe(second);
    for (let at = 0; at < 3; at++) driver.release(first);
    expect(driver.choose(undefined, 'key')).toBe(first);
  });

  it('keeps keys together with a large factor', () => {
    const driver = create(1000);
    driver.addAll(ones(10));
    const slots = new Set(Array.from({ length: 200 }, () => driver.pick(undefined, 'hot')));
    expect(slots.size).toBe(1);
  });

  it('takes the untried one, full or not, where all others were tried', () => {
    const driver = create();
    const slots = driver.addAll(ones(20));
    for (let at = 0; at < 50; at++) driver.start(7);
    expect(
      driver.choose(
        slots.filter((slot) => slot !== 7),
        'key',
      ),
    ).toBe(7);
  });

  it('takes the less loaded of two without a key', () => {
    const driver = create();
    driver.addAll(ones(100));
    for (let at = 0; at < 1000; at++) driver.pick();
    expect(Math.max(...driver.fleet.inFlight)).toBeLessThanOrEqual(13);
  });
});
