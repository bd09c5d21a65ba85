import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BucketQueue, RANKS } from '../../src/strategies/bucket-queue.ts';

type Step =
  | { readonly kind: 'set'; readonly slot: number; readonly rank: number }
  | { readonly kind: 'remove' | 'favour'; readonly slot: number }
  | { readonly kind: 'take' | 'peek' }
  | { readonly kind: 'takeExcept'; readonly tried: readonly number[] };

const slot = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), slot, rank: fc.integer({ min: -50, max: RANKS + 50 }) }),
  fc.record({ kind: fc.constant('set' as const), slot, rank: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'favour' as const), slot }),
  fc.record({ kind: fc.constantFrom('take' as const, 'peek' as const) }),
  fc.record({ kind: fc.constant('takeExcept' as const), tried: fc.array(slot, { maxLength: 3 }) }),
);

describe('BucketQueue', () => {
  it('gives a slot of the lowest rank, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new BucketQueue();
        const rankOf = new Map<number, number>();
        const lowest = (tried: readonly number[] = []): number =>
          Math.min(...[...rankOf].filter(([each]) => !tried.includes(each)).map(([, rank]) => rank));
        const check = (given: number, tried: readonly number[] = []): void => {
          expect(rankOf.get(given) ?? Infinity).toBe(lowest(tried));
          expect(tried).not.toContain(given);
          if (given === -1) expect(lowest(tried)).toBe(Infinity);
        };
        for (const each of steps) {
          if (each.kind === 'set') {
            queue.set(each.slot, each.rank);
            rankOf.set(each.slot, Math.min(Math.max(each.rank, 0), RANKS - 1));
          } else if (each.kind === 'remove') {
            queue.remove(each.slot);
            rankOf.delete(each.slot);
          } else if (each.kind === 'favour') {
            if (queue.has(each.slot)) queue.favour(each.slot);
          } else if (each.kind === 'takeExcept') {
            check(queue.takeExcept(each.tried), each.tried);
          } else {
            check(queue[each.kind]());
          }
          for (let index = 0; index <= 40; index++) expect(queue.has(index)).toBe(rankOf.has(index));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('lets equals take turns', () => {
    const queue = new BucketQueue();
    for (const each of [4, 7, 2]) queue.set(each, 5);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([4, 7, 2, 4]);
    queue.favour(2);
    expect([queue.peek(), queue.take(), queue.take()]).toEqual([2, 2, 4]);
  });

  it('lets one whose rank rises and falls again before its turn keep its place', () => {
    const queue = new BucketQueue();
    for (const each of [0, 1, 2]) queue.set(each, 5);
    queue.set(1, 9);
    queue.set(1, 5);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([0, 1, 2]);
  });
});
