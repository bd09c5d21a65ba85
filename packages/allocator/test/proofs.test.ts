import { describe, expect, it } from 'vitest';
import { playChaos } from '../proofs/chaos/chaos.ts';
import { timeDecisions } from '../proofs/chaos/decisions.ts';
import { allAtOnce, managed, oneByOne } from '../proofs/flapping/controllers.ts';
import { play } from '../proofs/flapping/play.ts';
import { playHistory } from '../proofs/histories/history.ts';
import { MOST_CHANGES_PER_HOUR, playPeriod } from '../proofs/histories/periods.ts';

/** Short samples of what proofs/ plays at length. */

describe('the flapping model', { timeout: 60_000 }, () => {
  const MINUTES = 40;

  it('is what naive controllers are known to do in it', async () => {
    const all = await play(allAtOnce(0.9), 1, MINUTES);
    expect(all.statesPerMinute).toBeGreaterThan(500);
    expect(all.overloaded).toBeGreaterThan(0.4);
    const hysteresis = await play(oneByOne(0.9, 0.7), 1, MINUTES);
    expect(hysteresis.statesPerMinute).toBeLessThan(8);
    expect(hysteresis.feasible).toBeLessThan(0.77);
  });

  it('is kept within bounds by the manager', async () => {
    const score = await play(managed({ canReduce: true }), 1, MINUTES);
    expect(score.statesPerMinute).toBeLessThanOrEqual(5);
    expect(score.overloaded).toBeLessThanOrEqual(0.03);
    expect(score.feasible).toBeGreaterThanOrEqual(0.82);
  });
});

describe('random histories', { timeout: 60_000 }, () => {
  it.each([1, 2, 3, 4, 5, 6])('break no rule: seeds from %i000', async (thousand) => {
    for (let seed = 1000 * thousand; seed < 1000 * thousand + 10; seed++) {
      expect({ seed, violations: await playHistory(seed) }).toEqual({ seed, violations: [] });
    }
  });

  it.each([12_000, 65_000])('change states rarely under a load with a period of %i ms', async (periodMs) => {
    const { changesPerHour } = await playPeriod(periodMs, true);
    expect(changesPerHour).toBeLessThanOrEqual(MOST_CHANGES_PER_HOUR);
  });
});

describe('200 components, 30 % of them hostile', { timeout: 60_000 }, () => {
  it('hold up neither the control loop nor the others', async () => {
    const { ticks, ticksDue, relieved, leftPaused, restoredAfterMs, timersLeft } = await playChaos(1);
    expect(ticks).toBe(ticksDue);
    expect(relieved).toBeGreaterThan(100);
    expect({ leftPaused, timersLeft }).toEqual({ leftPaused: 0, timersLeft: 0 });
    expect(restoredAfterMs).toBeLessThanOrEqual(600_000);
  });

  it('are decided about in every tick', async () => {
    const times = await timeDecisions(1, 200);
    expect(times.length).toBeGreaterThan(190);
    expect(times.every((ms) => ms >= 0 && Number.isFinite(ms))).toBe(true);
  });
});
