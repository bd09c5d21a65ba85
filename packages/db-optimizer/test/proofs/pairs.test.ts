import { seededRandom, VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { PairedTimer, type TimedQuery } from '../../proofs/timed/pairs.ts';

const NOISE = 0.3;

/** Two databases that take so long for a query, give or take, in virtual time. */
function time(beforeMs: number, afterMs: number): Promise<TimedQuery> {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const taking = (ms: number) => ({
    query: async (): Promise<void> => {
      if (ms > 5000) {
        clock.advance(5000);
        throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
      }
      clock.advance(ms * (1 + NOISE * random()));
    },
  });
  const options = { pairs: 9, capMs: 5000, now: () => clock.monotonic() };
  return new PairedTimer(taking(beforeMs), taking(afterMs), options).time('q', 1, ['select 1']);
}

it.each([
  ['as long', 10, 10, 9, false],
  ['less', 10, 5, 9, false],
  ['twice as long', 10, 20, 31, true],
  ['longer than it may', 10, 6000, 1, true],
  ['less than what took longer than it may', 6000, 10, 1, false],
])(
  'what takes %s is timed often enough, and proven slower or not',
  async (_, before, after, pairs, slower) => {
    const timed = await time(before, after);
    expect(timed.pairs).toHaveLength(pairs);
    expect(timed.isProvenSlower).toBe(slower);
  },
);
