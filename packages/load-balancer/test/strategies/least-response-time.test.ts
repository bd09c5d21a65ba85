import { describe, expect, it } from 'vitest';
import { LeastResponseTime } from '../../src/strategies/least-response-time.ts';
import { Driver } from './driver.ts';

const create = (seed = 1) => new Driver((fleet) => new LeastResponseTime(fleet), seed);
const ones = (count: number) => Array.from({ length: count }, () => 1);

/** Requests one after another, each taking what its server takes; how many each slot got. */
function serve(driver: Driver, requests: number, latencyOf: (slot: number) => number): number[] {
  const counts = Array.from({ length: driver.fleet.slots }, () => 0);
  for (let at = 0; at < requests; at++) {
    const slot = driver.pick();
    counts[slot] = (counts[slot] as number) + 1;
    driver.nowMs += 1;
    driver.finish(slot, latencyOf(slot));
  }
  return counts;
}

describe('LeastResponseTime', () => {
  it('fills servers by their speed: where latencies are 1 to 3, requests in flight are 3 to 1', () => {
    const driver = create();
    driver.addAll([1, 1]);
    driver.countsOf(20);
    for (let at = 0; at < 40; at++) {
      driver.observe(0, 10);
      driver.observe(1, 30);
    }
    for (let at = 0; at < 40; at++) driver.pick();
    const [fast, slow] = driver.fleet.inFlight;
    expect(Math.abs((fast as number) / (slow as number) - 3)).toBeLessThan(0.5);
  });

  it('goes by the weight', () => {
    const driver = create();
    driver.addAll([3, 1]);
    for (let at = 0; at < 40; at++) driver.pick();
    expect([...driver.fleet.inFlight.slice(0, 2)]).toEqual([30, 10]);
  });

  it('does not flock to a newcomer: it counts as average', () => {
    const driver = create();
    driver.addAll(ones(4));
    serve(driver, 400, () => 20);
    const newcomer = driver.add('newcomer');
    expect(driver.strategy.expectedMs(newcomer, driver.nowMs)).toBeCloseTo(20, 5);
    for (let at = 0; at < 50; at++) driver.pick();
    expect(driver.fleet.inFlight[newcomer]).toBe(10);
  });

  it('charges failures as slow, however fast they are', () => {
    const driver = create();
    const [black] = driver.addAll(ones(10));
    let failures = 0;
    for (let at = 0; at < 3000; at++) {
      const slot = driver.pick();
      driver.nowMs += 1;
      const failed = slot === black;
      driver.finish(slot, failed ? 0.5 : 20, failed);
      failures += Number(failed);
    }
    expect(failures).toBeLessThan(10);
  });

  it('comes back to a server that was slow, as what is known of it gets old', () => {
    const driver = create();
    const [slow] = driver.addAll(ones(4));
    serve(driver, 400, () => 10);
    for (let at = 0; at < 20; at++) driver.observe(slow as number, 100);
    const before = driver.strategy.expectedMs(slow as number, driver.nowMs);
    driver.nowMs += 60_000;
    const after = driver.strategy.expectedMs(slow as number, driver.nowMs);
    expect(before).toBeGreaterThan(20);
    expect(after).toBeLessThan(before / 1.5);
    for (let at = 0; at < 40; at++) driver.pick();
    expect([...driver.fleet.inFlight.slice(0, 4)]).toEqual([10, 10, 10, 10]);
  });

  it('shuns a server that hangs, and forgets it for one that comes back', () => {
    const driver = create();
    const slots = driver.addAll(ones(10));
    driver.countsOf(100);
    const hung = slots[3] as number;
    for (let at = 0; at < 30; at++) driver.start(hung);
    expect(slots.filter((slot) => driver.strategy.shuns(slot, driver.nowMs))).toEqual([hung]);
    for (let at = 0; at < 30; at++) driver.finish(hung, 5000, true);
    expect(driver.strategy.shuns(hung, driver.nowMs)).toBe(true);
    driver.setWeight(hung, 0);
    driver.setWeight(hung, 1, true);
    expect(driver.strategy.shuns(hung, driver.nowMs)).toBe(false);
  });
});
