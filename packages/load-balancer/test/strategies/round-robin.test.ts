import { describe, expect, it } from 'vitest';
import { RoundRobin } from '../../src/strategies/round-robin.ts';
import { Driver } from './driver.ts';

const create = () => new Driver((fleet) => new RoundRobin(fleet));
const ones = (count: number) => Array.from({ length: count }, () => 1);

describe('RoundRobin', () => {
  it('goes round, whatever the weights', () => {
    const driver = create();
    driver.addAll([1, 5, 0.1, 3]);
    const round = [driver.pick(), driver.pick(), driver.pick(), driver.pick()];
    expect(round.toSorted()).toEqual([0, 1, 2, 3]);
    expect(driver.countsOf(4000)).toEqual([1000, 1000, 1000, 1000]);
    expect([driver.pick(), driver.pick(), driver.pick(), driver.pick()]).toEqual(round);
  });

  it('goes on where it was when servers come and go: none is favoured however often they do', () => {
    const driver = create();
    const slots = driver.addAll(ones(10));
    const counts = slots.map(() => 0);
    for (let at = 0; at < 9000; at++) {
      // Between any two picks one server comes and goes, another is away for a moment.
      const guest = driver.add('guest');
      driver.remove(guest);
      driver.setWeight(slots[9] as number, at % 2);
      const slot = driver.pick();
      counts[slot] = (counts[slot] as number) + 1;
    }
    for (const count of counts.slice(0, 9)) expect(count).toBeGreaterThanOrEqual(900);
    expect(Math.max(...counts.slice(0, 9)) - Math.min(...counts.slice(0, 9))).toBeLessThanOrEqual(1);
  });

  it('gives a server that was away its own turn back', () => {
    const driver = create();
    const slots = driver.addAll(ones(5));
    const order = slots.map(() => driver.pick());
    const away = order[3] as number;
    driver.setWeight(away, 0);
    expect([driver.pick(), driver.pick()]).toEqual(order.slice(0, 2));
    driver.setWeight(away, 1);
    expect([driver.pick(), driver.pick(), driver.pick()]).toEqual(order.slice(2));
  });

  it('finds the next of thousands', () => {
    const driver = create();
    const slots = driver.addAll(ones(5000));
    for (const slot of slots) if (slot !== 17 && slot !== 4321) driver.setWeight(slot, 0);
    expect(new Set([driver.pick(), driver.pick()])).toEqual(new Set([17, 4321]));
    expect(driver.pick([17])).toBe(4321);
    expect(driver.pick([17])).toBe(4321);
    expect(driver.pick([17, 4321])).toBe(-1);
  });
});
