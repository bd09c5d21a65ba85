import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { Picker } from '../../src/picker.ts';

class Harness {
  readonly picker = new Picker({ random: seededRandom(1) });
  nowMs = 0;

  constructor(weights: readonly number[]) {
    for (const weight of weights) this.add(weight);
  }

  add(weight = 1): number {
    const slot = this.picker.add(`s${this.picker.fleet.slots}`, this.nowMs);
    this.picker.setWeight(slot, weight, this.nowMs, true);
    return slot;
  }

  /* One request every 10 ms, finished before the next; how many each slot got. */
  serve(requests: number, latencyMs: (slot: number) => number, fails = -1): number[] {
    const counts = Array.from({ length: this.picker.fleet.slots }, () => 0);
    for (let request = 0; request < requests; request++) {
      const slot = this.picker.pick(this.nowMs);
      counts[slot] = (counts[slot] as number) + 1;
      this.nowMs += 10;
      this.picker.finish(slot, this.nowMs, latencyMs(slot), slot === fails);
    }
    return counts;
  }

  shuns(slot: number): boolean | undefined {
    return this.picker.strategy.shuns?.(slot, this.nowMs);
  }
}

const TEN = Array.from({ length: 10 }, () => 1);

describe('adaptive', () => {
  it('lets equal servers take turns', () => {
    expect(new Harness([1, 1, 1, 1]).serve(400, () => 10)).toEqual([100, 100, 100, 100]);
  });

  it('spreads what is in flight, by weight', () => {
    const { picker } = new Harness([1, 1, 2, 4]);
    for (let request = 0; request < 80; request++) picker.pick(0);
    const tens = [...picker.fleet.inFlight.slice(0, 4)].map((count) => Math.round(count / 10));
    expect(tens).toEqual([1, 1, 2, 4]);
  });

  it('keeps more in flight at the fast, and asks the slow too', () => {
    const { picker } = new Harness([1, 1]);
    const begun: { slot: number; endsAtMs: number }[] = [];
    const counts = [0, 0];
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
      for (const each of begun.filter(({ endsAtMs }) => endsAtMs <= nowMs)) {
        begun.splice(begun.indexOf(each), 1);
        picker.finish(each.slot, nowMs, each.slot === 0 ? 10 : 40, false);
      }
      while (begun.length < 10) {
        const slot = picker.pick(nowMs);
        counts[slot] = (counts[slot] as number) + 1;
        begun.push({ slot, endsAtMs: nowMs + (slot === 0 ? 10 : 40) });
      }
    }
    const [fast, slow] = counts as [number, number];
    expect(fast / slow).toBeGreaterThan(6);
    expect(slow).toBeGreaterThan(100);
  });

  it('is not attracted by failures that come fast', () => {
    const harness = new Harness(TEN);
    harness.serve(1000, () => 10);
    expect(harness.serve(2000, (slot) => (slot === 3 ? 1 : 10), 3)[3]).toBeLessThan(4);
  });

  it('tries a server that has failed again, and takes it back', () => {
    const harness = new Harness(TEN);
    harness.serve(1000, () => 10);
    harness.serve(1000, (slot) => (slot === 3 ? 1 : 10), 3);
    harness.serve(6000, () => 10);
    expect(harness.serve(1000, () => 10)[3]).toBeGreaterThan(80);
  });

  it('tries a server that stays dead less and less often, up to a limit', () => {
    const harness = new Harness(TEN);
    harness.serve(1000, () => 10);
    const waits: number[] = [];
    let triedMs = Number.NaN;
    for (let request = 0; request < 20_000; request++) {
      const { nowMs } = harness;
      if (harness.serve(1, (slot) => (slot === 3 ? 1 : 10), 3)[3] === 0) continue;
      waits.push(Math.round((nowMs - triedMs) / 1000));
      triedMs = nowMs;
    }
    expect(waits).toEqual([Number.NaN, 26, 35, 42, 46, 46]);
  });

  it('does not drown a newcomer', () => {
    const harness = new Harness(TEN.slice(1));
    harness.serve(1000, () => 10);
    const newcomer = harness.add();
    expect(harness.serve(100, () => 10)[newcomer]).toBeLessThanOrEqual(12);
    expect(harness.serve(100, () => 10)[newcomer]).toBeGreaterThan(5);
  });

  it('says what delay it expects', () => {
    const { picker, ...harness } = new Harness([1, 1]);
    for (let request = 0; request < 100; request++) picker.finish(picker.pick(0), 0, 10, false);
    expect(picker.strategy.expectedMs?.(0, harness.nowMs)).toBeCloseTo(10);
    picker.start(0, 0);
    expect(picker.strategy.expectedMs?.(0, harness.nowMs)).toBeCloseTo(20);
  });

  it('shuns whoever is slower, but not for less than half a millisecond', () => {
    const shunned = (fastMs: number, slowMs: number): (boolean | undefined)[] => {
      const harness = new Harness([1, 1]);
      for (let round = 0; round < 400; round++) {
        for (const [slot, latencyMs] of [fastMs, slowMs].entries()) {
          harness.picker.start(slot, 0);
          harness.picker.finish(slot, 0, latencyMs, false);
        }
      }
      return [harness.shuns(0), harness.shuns(1)];
    };
    expect(shunned(10, 14)).toEqual([false, true]);
    expect(shunned(0.1, 0.14)).toEqual([false, false]);
  });
});
