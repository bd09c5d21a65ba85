import { ConfigurationError } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function take(count: number, random: () => number): number[] {
  return Array.from({ length: count }, random);
}

describe('seededRandom', () => {
  /*
   * From a program in Python, written from the reference C code of xoshiro128** (prng.di.unimi.it) and
   * MurmurHash3; with the state 1, 2, 3, 4 it gives the published sequence 11520, 0, 5927040, 70819200.
   */
  it.each([
    [0, [0.8868539502021594, 0.012474988946590604, 0.032522145755498943]],
    [1, [0.5686059948349658, 0.8893939367683266, 0.4705824180198359]],
    [42, [0.6606157208001621, 0.1117019639532224, 0.0791056456144914]],
    [Number.MAX_SAFE_INTEGER, [0.27729339155862476, 0.6173577215070173, 0.1387875209806494]],
  ])('gives the sequence of seed %i', (seed, expected) => {
    expect(take(3, seededRandom(seed))).toEqual(expected);
  });

  it('gives the same for the same seed, other numbers for others, all within [0, 1)', () => {
    const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(seed, seed, (a, b) => {
        const numbers = take(20, seededRandom(a));
        expect(take(20, seededRandom(a))).toEqual(numbers);
        expect(numbers.every((each) => each >= 0 && each < 1)).toBe(true);
        if (a !== b) expect(take(20, seededRandom(b))).not.toEqual(numbers);
      }),
    );
  });

  it('fills [0, 1) evenly, one number after the other and in pairs', () => {
    const random = seededRandom(2024);
    const cells = new Array<number>(400).fill(0);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) {
      const cell = Math.floor(random() * 20) * 20 + Math.floor(random() * 20);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const expected = draws / cells.length;
    const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 399 degrees of freedom: mean 399, standard deviation 28; four of them on either side.
    expect(chiSquare).toBeGreaterThan(399 - 4 * 28);
    expect(chiSquare).toBeLessThan(399 + 4 * 28);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, '1'])('refuses %s as a seed', (seed) => {
    expect(() => seededRandom(seed as number)).toThrow(ConfigurationError);
  });
});
