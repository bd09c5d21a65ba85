import { describe, expect, it } from 'vitest';
import { type Ejection, nextEjection } from '../../src/health/ejection.ts';

const LENGTHS = { baseEjection: 5000, maxEjection: 60_000 };

/** A server that fails again so long after it has come back. */
function ejections(wellMs: readonly number[]): Ejection[] {
  const all = [nextEjection('dead', 0, undefined, 0, LENGTHS)];
  for (const ms of wellMs) {
    const last = all.at(-1) as Ejection;
    all.push(nextEjection('dead', last.untilMs + ms, last, ms, LENGTHS));
  }
  return all;
}

describe('nextEjection', () => {
  it('doubles with each time, up to the longest', () => {
    const lengths = ejections([0, 0, 0, 0, 0, 0]).map(({ lengthMs }) => lengthMs);
    expect(lengths).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('forgives one time for each time as long as the last in which the server was well', () => {
    expect(ejections([0, 0, 19_999]).map(({ times }) => times)).toEqual([1, 2, 3, 4]);
    expect(ejections([0, 0, 20_000]).map(({ times }) => times)).toEqual([1, 2, 3, 3]);
    expect(ejections([0, 0, 60_000]).map(({ times }) => times)).toEqual([1, 2, 3, 1]);
    expect(ejections([0, 0, 1e9]).map(({ lengthMs }) => lengthMs)).toEqual([5000, 10_000, 20_000, 5000]);
  });

  it('tells since when, until when and why', () => {
    expect(nextEjection('refused', 700, undefined, Number.POSITIVE_INFINITY, LENGTHS)).toEqual({
      sinceMs: 700,
      untilMs: 5700,
      lengthMs: 5000,
      times: 1,
      reason: 'refused',
    });
  });

  it('lasts for a finite time after any number of times', () => {
    let last: Ejection | undefined;
    for (let time = 0; time < 5000; time++) last = nextEjection('dead', 0, last, 0, LENGTHS);
    expect(last?.lengthMs).toBe(60_000);
  });
});
