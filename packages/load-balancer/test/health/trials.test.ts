import { describe, expect, it } from 'vitest';
import { Trial, Trials } from '../../src/health/trials.ts';

const neverFull = (): boolean => false;

function trialsOf(...slots: number[]) {
  const trials = new Trials();
  const bySlot = new Map(
    slots.map((slot) => {
      const trial = new Trial(slot, 0);
      trial.begin(0, 0);
      trials.add(trial);
      return [slot, trial];
    }),
  );
  return { trials, at: (slot: number) => bySlot.get(slot) as Trial };
}

describe('Trials', () => {
  it('leases each server to one request at a time', () => {
    const { trials, at } = trialsOf(4, 9);
    const leased = [trials.lease(0, undefined, true, neverFull), trials.lease(0, undefined, true, neverFull)];
    expect(leased.sort()).toEqual([4, 9]);
    expect(trials.lease(0, undefined, true, neverFull)).toBe(-1);
    at(9).released(5);
    expect(trials.lease(5, undefined, true, neverFull)).toBe(9);
  });

  it('gives a server to a request that can not be repeated only when it was free for a second', () => {
    const { trials } = trialsOf(4);
    expect(trials.lease(999, undefined, false, neverFull)).toBe(-1);
    expect(trials.lease(1000, undefined, false, neverFull)).toBe(4);
  });

  it('leaves out servers that were tried or are full', () => {
    const { trials } = trialsOf(4, 9);
    expect(trials.lease(0, [4, 9], true, neverFull)).toBe(-1);
    expect(trials.lease(0, [4], true, (slot) => slot === 9)).toBe(-1);
    expect(trials.lease(0, [4], true, neverFull)).toBe(9);
  });

  it('begins another after ten seconds where one does not end', () => {
    const { trials } = trialsOf(4);
    trials.lease(0, undefined, true, neverFull);
    expect(trials.lease(9999, undefined, true, neverFull)).toBe(-1);
    expect(trials.lease(10_000, undefined, true, neverFull)).toBe(4);
  });

  it('does not take the end of an older request for that of the trial', () => {
    const { trials, at } = trialsOf(4);
    at(4).begin(0, 2);
    trials.lease(0, undefined, true, neverFull);
    at(4).released(1);
    at(4).released(2);
    expect(trials.lease(3, undefined, true, neverFull)).toBe(-1);
    at(4).released(4);
    expect(trials.lease(5, undefined, true, neverFull)).toBe(4);
  });

  it('is over after three requests in a row that went well', () => {
    const { at } = trialsOf(4);
    expect([true, true, false, true, true, true].map((went) => at(4).observed(1, went))).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('comes to every free server within as many leases as there are servers, however many are taken', () => {
    const slots = Array.from({ length: 100 }, (_, slot) => slot);
    const { trials, at } = trialsOf(...slots);
    for (const slot of slots) at(slot).leasedUntilMs = slot < 60 ? 1e9 : 0;
    const leased = new Set(slots.map(() => trials.lease(1, undefined, true, neverFull)));
    leased.delete(-1);
    expect([...leased].sort()).toEqual(slots.slice(60));
  });

  it('forgets a server that is removed', () => {
    const { trials, at } = trialsOf(4, 9);
    trials.remove(at(4));
    trials.remove(at(4));
    expect(trials.size).toBe(1);
    expect(trials.lease(0, undefined, true, neverFull)).toBe(9);
    expect(trials.lease(0, undefined, true, neverFull)).toBe(-1);
  });
});
