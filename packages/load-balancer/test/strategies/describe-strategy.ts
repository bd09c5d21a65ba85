import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Picker } from '../../src/picker.ts';
import type { StrategyName } from '../../src/strategies/index.ts';
import { type Create, Driver } from './driver.ts';

/* What may happen to a strategy; numbers choose the server, the request and so on. */
type Step =
  | { readonly kind: 'add' | 'remove' | 'report' | 'wait'; readonly which: number }
  | { readonly kind: 'weigh'; readonly which: number; readonly weight: number; readonly fresh: boolean }
  | { readonly kind: 'pick'; readonly which: number; readonly tried: number; readonly hasKey: boolean }
  | { readonly kind: 'finish'; readonly which: number; readonly latencyMs: number; readonly failed: boolean }
  | { readonly kind: 'release'; readonly which: number };

const which = fc.nat(1_000_000);
const weight = fc.oneof(
  fc.constant(0),
  fc.constant(1),
  fc.integer({ min: 1, max: 1000 }),
  fc.double({ min: 0.001, max: 1, noNaN: true }),
);
const pick = fc.record({
  kind: fc.constant('pick' as const),
  which,
  tried: fc.nat(4),
  hasKey: fc.boolean(),
});
const finish = fc.record({
  kind: fc.constant('finish' as const),
  which,
  latencyMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })),
  failed: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('weigh' as const), which, weight, fresh: fc.boolean() }),
  },
  { weight: 8, arbitrary: pick },
  { weight: 6, arbitrary: finish },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('report' as const, 'wait' as const), which }) },
);

/* Plays the steps; gives the picks. Throws where one is not allowed. */
function play(create: Create, steps: readonly Step[], seed: number): number[] {
  const driver = new Driver(create, seed);
  const { fleet, strategy } = driver;
  const inFlight: number[] = [];
  const picks: number[] = [];
  let added = 0;
  const memberAt = (at: number): number | undefined => fleet.members[at % fleet.members.length];
  const actions: { [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => void } = {
    add: ({ which }) => {
      // Many at once, so that columns grow.
      for (let more = 0; more <= which % 9; more++) driver.add(`server-${added++}`, which % 3);
    },
    remove: ({ which }) => {
      const slot = memberAt(which);
      if (slot !== undefined && fleet.inFlight[slot] === 0) driver.remove(slot);
    },
    weigh: ({ which, weight, fresh }) => {
      const slot = memberAt(which);
      if (slot !== undefined) driver.setWeight(slot, weight, fresh);
    },
    report: ({ which }) => {
      const slot = memberAt(which);
      if (slot !== undefined) driver.report(slot, [0, 0.3, 1, 7, Number.NaN][which % 5] as number);
    },
    wait: ({ which }) => {
      driver.nowMs += which / 10;
    },
    pick: ({ which, tried, hasKey }) => {
      const excluded = Array.from({ length: tried }, (_, at) => memberAt(which + at) ?? 0);
      const eligible = fleet.members.filter(
        (slot) => (fleet.weight[slot] as number) > 0 && !excluded.includes(slot),
      );
      const slot = driver.pick(excluded, hasKey ? `key ${which % 100}` : undefined);
      picks.push(slot);
      if (eligible.length === 0) expect(slot).toBe(-1);
      else expect(eligible).toContain(slot);
      if (slot === -1) return;
      inFlight.push(slot);
      strategy.refresh?.(slot, driver.nowMs);
      expect([true, false, undefined]).toContain(strategy.shuns?.(slot, driver.nowMs));
      expect(strategy.expectedMs?.(slot, driver.nowMs) ?? 0).toBeGreaterThanOrEqual(0);
    },
    finish: ({ which, latencyMs, failed }) => {
      const [slot] = inFlight.splice(which % inFlight.length, 1);
      if (slot !== undefined) driver.finish(slot, latencyMs, failed);
    },
    release: ({ which }) => {
      const [slot] = inFlight.splice(which % inFlight.length, 1);
      if (slot !== undefined) driver.release(slot);
    },
  };
  for (const each of steps) (actions[each.kind] as (step: Step) => void)(each);
  return picks;
}

/* An outage of one server: it fails for some picks, is not chosen for some more, and comes back. */
interface Outage {
  readonly server: number;
  readonly failing: number;
  readonly away: number;
}
const outage: fc.Arbitrary<Outage> = fc.record({ server: fc.nat(39), failing: fc.nat(30), away: fc.nat(30) });

/* Plays the outages one after another, some of them overlapping; then the picks of each server, all healthy. */
function picksAfter(name: StrategyName, servers: number, outages: readonly Outage[], seed: number): number[] {
  const LATENCY_MS = 10;
  const picker = new Picker({ strategy: name, random: seededRandom(seed) });
  const slots = Array.from({ length: servers }, (_, at) => picker.add(`s${at}`, 0));
  for (const slot of slots) picker.setWeight(slot, 1, 0, true);
  const failingUntil = new Map<number, number>();
  const awayUntil = new Map<number, number>();
  const underWay: { slot: number; endsAtMs: number }[] = [];
  let nowMs = 0;
  let count = 0;
  const request = (): number => {
    nowMs += 3;
    count += 1;
    for (const [slot, until] of awayUntil) {
      if (count < until) continue;
      awayUntil.delete(slot);
      picker.setWeight(slot, 1, nowMs, true);
    }
    while (underWay.length > 0 && (underWay[0] as { endsAtMs: number }).endsAtMs <= nowMs) {
      const { slot } = underWay.shift() as { slot: number };
      picker.finish(slot, nowMs, LATENCY_MS, false);
    }
    const slot = picker.pick(nowMs);
    if (slot === -1) return slot;
    if (count < (failingUntil.get(slot) ?? 0)) picker.finish(slot, nowMs, 1, true);
    else underWay.push({ slot, endsAtMs: nowMs + LATENCY_MS });
    return slot;
  };
  for (const { server, failing, away } of outages) {
    const slot = server % servers;
    failingUntil.set(slot, count + failing);
    for (let at = 0; at < failing; at++) request();
    awayUntil.set(slot, count + away);
    picker.setWeight(slot, 0, nowMs);
    for (let at = 0; at < away / 2; at++) request();
  }
  while (awayUntil.size > 0) request();
  const counts = slots.map(() => 0);
  for (let at = 0; at < 2 * servers; at++) {
    const slot = request();
    counts[slot] = (counts[slot] as number) + 1;
  }
  return counts;
}

/** What every strategy must do, whatever it goes by. */
export function describeStrategy(name: StrategyName, create: Create): void {
  describe(`${name}, as a strategy`, () => {
    it('chooses only who may be chosen, and somebody where there is one, whatever happens', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 150 }), fc.nat(1000), (steps, seed) => {
          play(create, steps, seed);
        }),
        { numRuns: 150 },
      );
    });

    it('chooses the same again from the same random numbers', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 100 }), fc.nat(1000), (steps, seed) => {
          expect(play(create, steps, seed)).toEqual(play(create, steps, seed));
        }),
        { numRuns: 50 },
      );
    });

    it('gives a single server all, and excludes it where it was tried', () => {
      const driver = new Driver(create);
      expect(driver.pick()).toBe(-1);
      const only = driver.add('only', 0);
      expect(driver.pick()).toBe(-1);
      driver.setWeight(only, 0.25, true);
      expect(driver.countsOf(10)).toEqual([10]);
      expect(driver.pick([only])).toBe(-1);
    });

    it('spreads traffic over equal servers, hundreds of them', () => {
      const driver = new Driver(create);
      driver.addAll(Array.from({ length: 300 }, () => 1));
      const counts = driver.countsOf(30_000, (at) => `key ${at}`);
      expect(Math.max(...counts)).toBeLessThan(200);
      expect(Math.min(...counts)).toBeGreaterThan(25);
    });

    it('does not always begin with the same server', () => {
      const firsts = new Set<number>();
      for (let seed = 1; seed <= 40; seed++) {
        const driver = new Driver(create, seed);
        driver.addAll(Array.from({ length: 10 }, () => 1));
        firsts.add(driver.pick());
      }
      expect(firsts.size).toBeGreaterThanOrEqual(5);
    });

    const { mayStarve } = new Driver(create).strategy;
    if (!mayStarve && name !== 'round-robin') return;
    it('gives each healthy server traffic within 2n picks after any outages', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 40 }),
          fc.array(outage, { maxLength: 8 }),
          fc.nat(1000),
          (servers, outages, seed) => {
            expect(Math.min(...picksAfter(name, servers, outages, seed))).toBeGreaterThan(0);
          },
        ),
        { numRuns: 150 },
      );
    });
  });
}
