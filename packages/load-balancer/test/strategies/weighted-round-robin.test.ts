import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightedRoundRobin } from '../../src/strategies/weighted-round-robin.ts';
import { Driver } from './driver.ts';

const create = (seed = 1) => new Driver((fleet) => new WeightedRoundRobin(fleet), seed);

describe('WeightedRoundRobin', () => {
  it('is exact over any whole cycle, from wherever', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(weights, fc.nat(50), fc.nat(100), (each, skipped, seed) => {
        const driver = create(seed);
        driver.addAll(each);
        const cycle = each.reduce((sum, weight) => sum + weight, 0);
        for (let at = 0; at < skipped; at++) driver.pick();
        expect(driver.countsOf(cycle)).toEqual(each);
      }),
    );
  });

  it('keeps the proportions of the others while a server is away, and makes no new schedule for it', () => {
    const driver = create();
    const slots = driver.addAll([1, 2, 3, 4]);
    const before = Array.from({ length: 10 }, () => driver.pick());
    driver.setWeight(slots[3] as number, 0);
    expect(driver.countsOf(6)).toEqual([1, 2, 3, 0]);
    driver.setWeight(slots[3] as number, 4);
    driver.countsOf(4);
    const after = Array.from({ length: 20 }, () => driver.pick());
    expect(after.join()).toContain(before.join());
  });

  it('gives a later server in a slot no turns of the earlier one', () => {
    const driver = create();
    const slots = driver.addAll([2, 3, 5]);
    driver.countsOf(10);
    driver.setWeight(slots[1] as number, 0);
    driver.remove(slots[1] as number);
    driver.countsOf(7);
    const reused = driver.add('later', 0);
    expect(reused).toBe(slots[1]);
    driver.setWeight(reused, 0, true);
    expect(driver.countsOf(7)).toEqual([2, 0, 5]);
  });

  it('follows changes of weights at once, and fractions', () => {
    const driver = create();
    const [first] = driver.addAll([1, 1]);
    expect(driver.countsOf(10)).toEqual([5, 5]);
    driver.setWeight(first as number, 0.25);
    expect(driver.countsOf(50)).toEqual([10, 40]);
    driver.setWeight(first as number, 4);
    expect(driver.countsOf(50)).toEqual([40, 10]);
  });

  it('favours none when weights change all the time', () => {
    const driver = create();
    const slots = driver.addAll([1, 1, 1, 1, 1, 1]);
    const counts = slots.map(() => 0);
    for (let at = 0; at < 6000; at++) {
      driver.setWeight(slots[5] as number, 1 + (at % 3) / 10);
      const slot = driver.pick();
      counts[slot] = (counts[slot] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('skips the tried, and thousands that are away', () => {
    const driver = create();
    const slots = driver.addAll(Array.from({ length: 2000 }, (_, at) => 1 + (at % 3)));
    for (const slot of slots.slice(2)) driver.setWeight(slot, 0);
    expect(driver.countsOf(3).slice(0, 2)).toEqual([1, 2]);
    expect(driver.pick([slots[1] as number])).toBe(slots[0]);
    expect(driver.pick([slots[0] as number, slots[1] as number])).toBe(-1);
  });
});
