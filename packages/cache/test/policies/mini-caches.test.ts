import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MiniCaches } from '../../src/policies/mini-caches.ts';
import type { Setting } from '../../src/policies/setting.ts';
import { hashNumber, range } from './describe-policy.ts';

const SETTINGS: readonly Setting[] = [
  { windowShare: 0.01, admission: 'clearly-more-used', rounds: 'each-hit' },
  { windowShare: 0.2, admission: 'more-used', rounds: 'each-hit' },
  { windowShare: 0.2, admission: 'seen-before', rounds: 'one' },
  { windowShare: 0.9, admission: 'all', rounds: 'one' },
];

function missesOf(caches: MiniCaches, numbers: Iterable<number>): number[] {
  caches.misses.fill(0);
  for (const number of numbers) caches.request(hashNumber(number));
  return [...caches.misses];
}

describe('mini-caches', () => {
  it('hit what fits', () => {
    const caches = new MiniCaches(50, SETTINGS);
    expect(missesOf(caches, range(0, 50))).toEqual([50, 50, 50, 50]);
    expect(missesOf(caches, range(0, 50))).toEqual([0, 0, 0, 0]);
  });

  it('tell a loop from recency', () => {
    const loop = missesOf(
      new MiniCaches(100, SETTINGS),
      range(0, 20_000).map((at) => at % 150),
    );
    expect(loop[0]).toBeLessThan(0.5 * (loop[3] as number));
    const twice = range(0, 20_000).map((at) => (at % 2 === 0 ? at : Math.max(0, at - 61)));
    const recency = missesOf(new MiniCaches(100, SETTINGS), twice);
    expect(recency[3]).toBeLessThan(0.6 * (recency[0] as number));
  });

  it('run side by side as each would by itself', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 30 }),
        fc.array(fc.nat(60), { maxLength: 1000 }),
        (capacity, numbers) => {
          const together = missesOf(new MiniCaches(capacity, SETTINGS), numbers);
          const alone = SETTINGS.map((setting) => missesOf(new MiniCaches(capacity, [setting]), numbers)[0]);
          expect(together).toEqual(alone);
          expect(Math.min(...together)).toBeGreaterThanOrEqual(new Set(numbers).size);
        },
      ),
    );
  });

  it('takes up to eight settings', () => {
    const eight = [...SETTINGS, ...SETTINGS];
    const misses = missesOf(
      new MiniCaches(20, eight),
      range(0, 2000).map((at) => (at * at) % 97),
    );
    expect(misses.slice(4)).toEqual(misses.slice(0, 4));
  });
});
