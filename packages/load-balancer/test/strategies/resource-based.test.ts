import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { Picker } from '../../src/picker.ts';
import { ResourceBased } from '../../src/strategies/resource-based.ts';
import { Driver } from './driver.ts';

const create = (seed = 1) => new Driver((fleet) => new ResourceBased(fleet), seed);
const ones = (count: number) => Array.from({ length: count }, () => 1);

interface Play {
  readonly capacities: readonly number[];
  readonly clients: number;
  /* Of the sum of the capacities. */
  readonly load: number;
  readonly reportEveryMs: number;
  readonly seconds: number;
}

/*
 * Many clients, each with a picker of its own, and servers that serve as many requests in 100 ms as their capacity
 * says before their load is 1, and report to all clients at the same time the mean load since their last report.
 * Gives the loads of the servers in each interval between reports.
 */
function play({ capacities, clients, load, reportEveryMs, seconds }: Play): number[][] {
  const random = seededRandom(3);
  const pickers = Array.from({ length: clients }, () => {
    const picker = new Picker({ strategy: 'resource-based', random });
    capacities.forEach((_, at) => {
      picker.setWeight(picker.add(`s${at}`, 0), 1, 0, true);
    });
    return picker;
  });
  const served = capacities.map(() => 0);
  const underWay: { endsAtMs: number; picker: Picker; slot: number }[] = [];
  const perMs = (load * capacities.reduce((sum, each) => sum + each, 0)) / 100;
  const loads: number[][] = [];
  for (let nowMs = 1; nowMs <= 1000 * seconds; nowMs++) {
    while (underWay.length > 0 && (underWay[0] as { endsAtMs: number }).endsAtMs <= nowMs) {
      const { picker, slot } = underWay.shift() as { picker: Picker; slot: number };
      picker.finish(slot, nowMs, 100, false);
    }
    for (let due = perMs; due > 0; due -= 1) {
      if (due < 1 && random() > due) break;
      const picker = pickers[Math.floor(random() * clients)] as Picker;
      const slot = picker.pick(nowMs);
      served[slot] = (served[slot] as number) + 1;
      underWay.push({ endsAtMs: nowMs + 100, picker, slot });
    }
    if (nowMs % reportEveryMs > 0) continue;
    const current = served.map((count, at) => (count * 100) / reportEveryMs / (capacities[at] as number));
    current.forEach((each, slot) => {
      for (const picker of pickers) picker.report(slot, nowMs, each);
    });
    loads.push(current);
    served.fill(0);
  }
  return loads;
}

const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

describe('ResourceBased', () => {
  it('loads servers of different sizes alike, whatever it was told of their weights', () => {
    const loads = play({
      capacities: [40, 40, 40, 20, 20, 10],
      clients: 20,
      load: 0.7,
      reportEveryMs: 1000,
      seconds: 90,
    });
    const settled = loads.slice(-30);
    for (let server = 0; server < 6; server++) {
      expect(Math.abs(mean(settled.map((each) => each[server] as number)) - 0.7)).toBeLessThan(0.1);
    }
  });

  it.each([100, 1000, 5000])('does not herd between reports %i ms apart', (reportEveryMs) => {
    const capacities = Array.from({ length: 10 }, () => 40);
    const loads = play({ capacities, clients: 50, load: 0.6, reportEveryMs, seconds: 60 });
    // One that takes the least loaded sends everything to one server: ten times the mean.
    const [first, ...rest] = loads.slice(Math.ceil(5000 / reportEveryMs));
    expect(first).toHaveLength(10);
    const requests = 0.6 * 40 * (reportEveryMs / 100);
    const noise = 5 * Math.sqrt(2 / requests);
    for (const interval of rest) expect(Math.max(...interval) / mean(interval)).toBeLessThan(2 + noise);
  });

  it('avoids an overloaded server at once', () => {
    const driver = create();
    const slots = driver.addAll(ones(10));
    for (const slot of slots) driver.report(slot, 0.5);
    driver.nowMs += 100;
    driver.report(0, 3);
    expect(driver.countsOf(1000)[0]).toBeLessThan(40);
  });

  it('adds what was sent since to what was reported', () => {
    const driver = create();
    driver.addAll(ones(2));
    driver.report(0, 0.1);
    driver.report(1, 0.3);
    const sent = [0, 0];
    for (let at = 0; at < 40; at++) {
      const slot = driver.pick();
      sent[slot] = (sent[slot] as number) + 1;
    }
    expect(sent[0]).toBeGreaterThan(sent[1] as number);
    expect(sent[1]).toBeGreaterThan(15);
  });

  it('lets what was reported long ago count for nothing', () => {
    const driver = create();
    driver.addAll(ones(4));
    for (const slot of [1, 2, 3]) driver.report(slot, 0.4);
    driver.report(0, 2);
    driver.nowMs += 120_000;
    const counts = driver.countsOf(4000);
    for (const count of counts) expect(Math.abs(count / 1000 - 1)).toBeLessThan(0.2);
  });

  it('goes by weights, and by requests in flight, where nothing is reported', () => {
    const driver = create();
    driver.addAll([3, 1]);
    expect(Math.abs((driver.countsOf(4000)[0] as number) / 3000 - 1)).toBeLessThan(0.15);
    for (let at = 0; at < 400; at++) driver.pick();
    expect(Math.abs((driver.fleet.inFlight[0] as number) / 300 - 1)).toBeLessThan(0.1);
  });

  it('takes no notice of reports that are no loads', () => {
    const driver = create();
    driver.addAll(ones(2));
    for (const load of [Number.NaN, -1, -Infinity]) driver.report(0, load);
    driver.report(1, Infinity);
    expect(driver.countsOf(1000)[0]).toBeGreaterThan(500);
  });
});
