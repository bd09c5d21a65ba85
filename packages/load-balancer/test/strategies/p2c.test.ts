import { describe, expect, it } from 'vitest';
import { PowerOfTwoChoices } from '../../src/strategies/p2c.ts';
import { Driver } from './driver.ts';

const create = (seed = 1) => new Driver((fleet) => new PowerOfTwoChoices(fleet), seed);
const ones = (count: number) => Array.from({ length: count }, () => 1);

describe('PowerOfTwoChoices', () => {
  it('keeps the fullest server near the mean: two choices, not one', () => {
    const driver = create();
    driver.addAll(ones(200));
    for (let at = 0; at < 2000; at++) driver.pick();
    // By one choice the fullest would have some 20.
    expect(Math.max(...driver.fleet.inFlight)).toBeLessThanOrEqual(13);
  });

  it('gives idle servers traffic by their weights, the large among many small ones too', () => {
    const driver = create();
    driver.addAll([20, ...ones(20), 0.5]);
    const counts = driver.countsOf(40_500);
    expect(Math.abs((counts[0] as number) / 20_000 - 1)).toBeLessThan(0.05);
    expect(Math.abs((counts[1] as number) / 1000 - 1)).toBeLessThan(0.15);
    expect(Math.abs((counts[21] as number) / 500 - 1)).toBeLessThan(0.2);
  });

  it('takes a peak at once and forgets it slowly', () => {
    const driver = create();
    const [server] = driver.addAll([1, 1]) as [number, number];
    for (let at = 0; at < 100; at++) {
      driver.nowMs += 10;
      driver.observe(server, 10);
    }
    driver.observe(server, 500);
    expect(driver.strategy.expectedMs(server, driver.nowMs)).toBe(500);
    driver.nowMs += 1000;
    driver.observe(server, 10);
    expect(driver.strategy.expectedMs(server, driver.nowMs)).toBeCloseTo(10 + 490 * Math.exp(-0.1), 6);
  });

  it('counts the unknown, and those not heard of for long, as average', () => {
    const driver = create();
    const [known, slow] = driver.addAll(ones(3)) as [number, number, number];
    for (let at = 0; at < 1000; at++) driver.observe(known, 10);
    driver.observe(slow, 1000);
    const newcomer = driver.add('newcomer');
    const meanMs = driver.strategy.expectedMs(newcomer, driver.nowMs);
    expect(meanMs).toBeGreaterThan(10);
    expect(meanMs).toBeLessThan(20);
    driver.nowMs += 200_000;
    expect(driver.strategy.expectedMs(slow, driver.nowMs)).toBeCloseTo(meanMs, 3);
  });

  it('charges failures as slow, and forgives them', () => {
    const driver = create();
    const [black] = driver.addAll(ones(10)) as [number];
    let failures = 0;
    for (let at = 0; at < 5000; at++) {
      const slot = driver.pick();
      driver.nowMs += 1;
      driver.finish(slot, slot === black ? 0.5 : 20, slot === black);
      failures += Number(slot === black);
    }
    // What is left: those where both draws were it.
    expect(failures).toBeLessThan(90);
    expect(driver.strategy.shuns(black, driver.nowMs)).toBe(true);
    for (let at = 0; at < 30; at++) driver.observe(black, 20);
    expect(driver.strategy.shuns(black, driver.nowMs)).toBe(false);
  });

  it('changes nothing when all fail alike', () => {
    const driver = create();
    const slots = driver.addAll(ones(5));
    const counts = slots.map(() => 0);
    for (let at = 0; at < 5000; at++) {
      const slot = driver.pick();
      counts[slot] = (counts[slot] as number) + 1;
      driver.nowMs += 1;
      driver.finish(slot, 1, true);
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
  });
});
