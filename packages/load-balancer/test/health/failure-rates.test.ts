import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { divergence } from '../../src/health/divergence.ts';
import { FailureRates } from '../../src/health/failure-rates.ts';

/**
 * A fleet whose servers fail at these rates, at so many requests per second each; says who stands out within a minute.
 */
function outliers(ratesOf: readonly number[], rps: number, seed: number, usual = 0.001): number[] {
  const random = seededRandom(seed);
  const rates = new FailureRates(0.2);
  const slots = ratesOf.map((_, slot) => slot);
  for (const slot of slots) rates.forget(slot);
  const found = new Set<number>();
  for (let request = 0; request < 60 * rps; request++) {
    for (const slot of slots) {
      if (random() >= (ratesOf[slot] ?? 0)) rates.succeeded(slot);
      else if (rates.failed(slot, (request * 1000) / rps, slots, usual) !== undefined) found.add(slot);
    }
  }
  return [...found].sort();
}

describe('FailureRates', () => {
  it('finds servers that fail much more often than the others, be it half of them', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(outliers([0.4, 0, 0.01, 0.01, 0], 10, seed)).toEqual([0]);
      expect(outliers([0.5, 0.01, 0.5, 0.01], 10, seed)).toEqual([0, 2]);
      expect(outliers([0.01, 0.6], 10, seed)).toEqual([1]);
    }
  });

  it('finds nobody where all fail alike, or one fails little more than the others', () => {
    for (let seed = 1; seed <= 20; seed++) {
      for (const rate of [0.01, 0.1, 0.3, 0.7]) expect(outliers(Array(10).fill(rate), 20, seed)).toEqual([]);
      expect(outliers([0.1, 0, 0, 0], 20, seed)).toEqual([]);
    }
  });

  it('needs so few requests that chance is out of the question', () => {
    const rates = new FailureRates(0.2);
    for (const slot of [0, 1, 2]) rates.forget(slot);
    for (const slot of [1, 2]) for (let request = 0; request < 100; request++) rates.succeeded(slot);
    expect(rates.failed(0, 0, [0, 1, 2], 0.01)).toBeUndefined();
    for (let request = 0; request < 4; request++) rates.failed(0, 5000, [0, 1, 2], 0.01);
    // Four of four, where one in a hundred fails, is 18 nats; five are 23.
    expect(rates.failed(0, 9999, [0, 1, 2], 0.01)).toBeUndefined();
    expect(rates.failed(0, 10_000, [0, 1, 2], 0.01)).toBe("100 % of its requests failed, of the others' 1 %");
    rates.forget(0);
    expect(rates.failed(0, 10_001, [0, 1, 2], 0.01)).toBeUndefined();
  });
});

describe('divergence', () => {
  it('is that of two coins, in nats', () => {
    expect(divergence(1, 0.001)).toBeCloseTo(Math.log(1000), 12);
    expect(divergence(0, 0.5)).toBeCloseTo(Math.LN2, 12);
    expect(divergence(0.3, 0.3)).toBe(0);
    expect(divergence(0.75, 0.25)).toBeCloseTo(0.5 * Math.log(3), 12);
  });
});
