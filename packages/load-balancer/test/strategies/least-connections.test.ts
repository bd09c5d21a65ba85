import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { LeastConnections } from '../../src/strategies/least-connections.ts';
import { Driver } from './driver.ts';

const create = (seed = 1) => new Driver((fleet) => new LeastConnections(fleet), seed);
const ones = (count: number) => Array.from({ length: count }, () => 1);

describe('LeastConnections', () => {
  it('takes one with the least, exactly up to 31 requests and within 4 % above', () => {
    const driver = create();
    const slots = driver.addAll(ones(40));
    const random = seededRandom(7);
    const underWay: number[] = [];
    for (let at = 0; at < 20_000; at++) {
      const least = Math.min(...slots.map((slot) => driver.fleet.inFlight[slot] as number));
      const slot = driver.pick();
      const before = (driver.fleet.inFlight[slot] as number) - 1;
      expect(before).toBeLessThanOrEqual(least < 31 ? least : 1.04 * (least + 1));
      underWay.push(slot);
      // The count of requests under way goes up and down.
      const ending = Math.floor(random() * (at % 2000 < 1000 ? 1.4 : 2.8));
      for (let end = 0; end < ending && underWay.length > 0; end++) {
        const [ended] = underWay.splice(Math.floor(random() * underWay.length), 1);
        driver.finish(ended as number);
      }
    }
  });

  it('fills servers in proportion to their weights', () => {
    const driver = create();
    const weights = [1, 2, 4, 0.5, 8];
    driver.addAll(weights);
    for (let at = 0; at < 1550; at++) driver.pick();
    weights.forEach((weight, slot) => {
      const share = (driver.fleet.inFlight[slot] as number) / (100 * weight);
      expect(Math.abs(share - 1)).toBeLessThan(0.05);
    });
  });

  it('takes the next but for the tried', () => {
    const driver = create();
    driver.addAll(ones(3));
    driver.start(0);
    driver.start(0);
    driver.start(1);
    expect(driver.choose()).toBe(2);
    expect(driver.choose([2])).toBe(1);
    expect(driver.choose([2, 1])).toBe(0);
    expect(driver.choose([0, 1, 2])).toBe(-1);
  });

  it('shuns a server that hangs, and none where all have much to do', () => {
    const driver = create();
    const slots = driver.addAll(ones(10));
    for (let at = 0; at < 20; at++) driver.start(0);
    expect(slots.filter((slot) => driver.strategy.shuns(slot))).toEqual([0]);
    for (const slot of slots) for (let at = 0; at < 20; at++) driver.start(slot);
    expect(slots.filter((slot) => driver.strategy.shuns(slot))).toEqual([]);
  });
});
