import { ConfigurationError } from '@evenkeel/core';
import { Ewma } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Observation {
  readonly value: number;
  readonly timeMs: number;
}

function averageOf(halfLifeMs: number | string, observations: readonly Observation[]): Ewma {
  const ewma = new Ewma({ halfLifeMs });
  for (const { value, timeMs } of observations) ewma.add(value, timeMs);
  return ewma;
}

const observation = fc.record({
  value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  timeMs: fc.integer({ min: 0, max: 100_000 }),
});

describe('Ewma', () => {
  it('has no value before the first', () => {
    const ewma = new Ewma({ halfLifeMs: 1000 });
    expect([ewma.value, ewma.weight, ewma.ignored]).toEqual([undefined, 0, 0]);
  });

  it('lets a value weigh half after a half-life, from the first value on', () => {
    const ewma = averageOf('1s', [
      { value: 10, timeMs: 5000 },
      { value: 40, timeMs: 6000 },
    ]);
    // (10 × ½ + 40) / (½ + 1)
    expect([ewma.value, ewma.weight]).toEqual([30, 1.5]);
  });

  it('takes values of one instant as equals', () => {
    expect(
      averageOf(
        1000,
        [1, 2, 6].map((value) => ({ value, timeMs: 77 })),
      ).value,
    ).toBe(3);
  });

  it('is the weighted mean by definition, whatever the order of arrival', () => {
    fc.assert(
      fc.property(
        fc.array(observation, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 500, max: 50_000 }),
        (observations, halfLifeMs) => {
          const latest = Math.max(...observations.map(({ timeMs }) => timeMs));
          const weights = observations.map(({ timeMs }) => 2 ** ((timeMs - latest) / halfLifeMs));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const mean = observations.reduce(
            (sum, { value }, i) => sum + (value * (weights[i] ?? 0)) / total,
            0,
          );
          for (const order of [observations, observations.toReversed()]) {
            const ewma = averageOf(halfLifeMs, order);
            expect(Math.abs((ewma.value ?? Number.NaN) - mean)).toBeLessThan(1e-6);
            expect(Math.abs(ewma.weight - total)).toBeLessThan(1e-9);
          }
        },
      ),
    );
  });

  it('follows the usual recurrence at a steady pace once it has settled', () => {
    const alpha = 1 - 2 ** (-10 / 50);
    const ewma = new Ewma({ halfLifeMs: 50 });
    let recurrence = 0;
    for (let i = 0; i < 500; i++) {
      const value = (i * 37) % 101;
      recurrence += alpha * (value - recurrence);
      ewma.add(value, i * 10);
    }
    expect(ewma.value).toBeCloseTo(recurrence, 10);
  });

  it('keeps its precision at mean 1e9, and survives any pause', () => {
    const ewma = new Ewma({ halfLifeMs: 1000 });
    for (let i = 0; i < 10_000; i++) ewma.add(1e9 + (i % 2 === 0 ? 1 : -1), i);
    expect(Math.abs((ewma.value ?? 0) - 1e9)).toBeLessThan(0.01);
    ewma.add(3, 1e15);
    expect([ewma.value, ewma.weight]).toEqual([3, 1]);
  });

  it('leaves out what is not finite, and forgets everything on reset', () => {
    const ewma = averageOf(1000, [
      { value: Number.NaN, timeMs: 0 },
      { value: 4, timeMs: Number.POSITIVE_INFINITY },
      { value: 4, timeMs: 10 },
    ]);
    expect([ewma.value, ewma.ignored]).toEqual([4, 2]);
    ewma.reset();
    expect([ewma.value, ewma.weight, ewma.ignored]).toEqual([undefined, 0, 0]);
    ewma.add(7, 1);
    expect(ewma.value).toBe(7);
  });

  it.each([{}, { halfLifeMs: 0 }, { halfLifeMs: -1 }, { halfLifeMs: 'soon' }, { halfLifeMs: 1, alpha: 1 }])(
    'refuses %j',
    (options) => {
      expect(() => new Ewma(options as { halfLifeMs: number })).toThrow(ConfigurationError);
    },
  );
});
