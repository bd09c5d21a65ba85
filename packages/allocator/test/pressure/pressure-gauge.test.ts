import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODES } from '../../src/modes.ts';
import { PressureGauge } from '../../src/pressure/pressure-gauge.ts';
import { PRESSURE_LEVELS } from '../../src/pressure/pressure-level.ts';

const { others: thresholds, dwellMs } = MODES.balanced;
const STEP_MS = 500;
const SEVERITIES: readonly string[] = PRESSURE_LEVELS;

function levelsOf(readings: readonly number[]): string[] {
  const gauge = new PressureGauge();
  return readings.map((utilization, index) => {
    gauge.observe(utilization, index * STEP_MS, thresholds, dwellMs);
    return gauge.level;
  });
}

describe('PressureGauge', () => {
  it('enters a level with the second of three readings, however high the one between', () => {
    expect(levelsOf([1.2, 1.2])).toEqual(['nominal', 'critical']);
    expect(levelsOf([0, 2, 0, 0.97])).toEqual(['nominal', 'nominal', 'nominal', 'serious']);
    expect(levelsOf([0, 2, 0, 0, 2, 0, 0])).toEqual(Array(7).fill('nominal'));
    // A block of the event loop once a second is in every other reading.
    expect(levelsOf([2, 0, 2]).at(-1)).toBe('critical');
  });

  it('counts readings by their time, however often it is read', () => {
    const blocked = new PressureGauge();
    // The loop is blocked for half a second in every second, and looked at each 250 ms in between.
    for (const [atMs, utilization] of [
      [500, 2],
      [750, 0.1],
      [1000, 0.1],
      [1500, 2],
    ] as const) {
      blocked.observe(utilization, atMs, thresholds, dwellMs);
    }
    expect(blocked.level).toBe('critical');
    const rare = new PressureGauge();
    for (const atMs of [0, 60_000]) rare.observe(1.2, atMs, thresholds, dwellMs);
    expect(rare.level).toBe('critical');
    const apart = new PressureGauge();
    for (let index = 0; index < 20; index++) {
      apart.observe(index % 6 === 0 ? 2 : 0.1, index * 250, thresholds, dwellMs);
    }
    expect(apart.level).toBe('nominal');
  });

  it('leaves it after the dwell time, to the level that the highest reading since then holds', () => {
    const readings = [1, 1, ...Array(5).fill(0.1), 0.79, ...Array(20).fill(0.1)];
    const levels = levelsOf(readings);
    // 0.79 is within 0.03 of fair.
    expect(levels.indexOf('fair')).toBe(2 + dwellMs / STEP_MS);
    expect(levels.indexOf('nominal', 2)).toBeGreaterThan(levels.indexOf('fair'));
    expect(levels.at(-1)).toBe('nominal');
  });

  it('starts to wait again with every reading that still holds the level', () => {
    const almost = Array(dwellMs / STEP_MS).fill(0.1);
    expect(levelsOf([1, 1, ...almost, 0.97, ...almost]).at(-1)).toBe('critical');
  });

  it('gives the second highest reading of the last 1.25 s, the lower of two, and the only one', () => {
    const gauge = new PressureGauge();
    const seen = [0.5, 0.7, 0.6, 0.1].map((utilization, index) => {
      gauge.observe(utilization, index * STEP_MS, thresholds, dwellMs);
      return gauge.typicalUtilization;
    });
    expect(seen).toEqual([0.5, 0.5, 0.6, 0.6]);
    expect(gauge.isOpenEnded).toBe(false);
    gauge.observe(1.01, 5 * STEP_MS, thresholds, dwellMs);
    expect(gauge.isOpenEnded).toBe(true);
  });

  it('goes down at most once in a dwell time, whatever it reads', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 200 }), (readings) => {
        const severities = levelsOf(readings).map((level) => SEVERITIES.indexOf(level));
        const drops = severities.flatMap((severity, index) =>
          severity < (severities[index - 1] ?? 0) ? [index] : [],
        );
        for (const [index, drop] of drops.entries()) {
          const before = drops[index - 1];
          if (before !== undefined) expect((drop - before) * STEP_MS).toBeGreaterThanOrEqual(dwellMs);
        }
      }),
    );
  });
});
