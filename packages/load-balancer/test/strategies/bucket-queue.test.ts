import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BucketQueue, RANKS } from '../../src/strategies/bucket-queue.ts';

type Step =
  | { readonly kind: 'set'; readonly slot: number; readonly rank: number }
  | { readonly kind: 'remove'; readonly slot: number }
  | { readonly kind: 'first' }
  | { readonly kind: 'firstExcept'; readonly tried: readonly number[] };

const slot = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), slot, rank: fc.integer({ min: -50, max: RANKS + 50 }) }),
  fc.record({ kind: fc.constant('set' as const), slot, rank: fc.nat(3) }),
  fc.record({ kind: fc.constant('remove' as const), slot }),
  fc.record({ kind: fc.constant('first' as const) }),
  fc.record({ kind: fc.constant('firstExcept' as const), tried: fc.array(slot, { maxLength: 3 }) }),
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
            if (queue.has(each.slot)) queue.move(each.slot, each.rank);
            else queue.add(each.slot, each.rank, each.rank % 41);
            rankOf.set(each.slot, Math.min(Math.max(each.rank, 0), RANKS - 1));
          } else if (each.kind === 'remove') {
            queue.remove(each.slot);
            rankOf.delete(each.slot);
          } else if (each.kind === 'firstExcept') {
            check(queue.firstExcept(each.tried), each.tried);
          } else {
            check(queue.first);
          }
          for (let index = 0; index <= 40; index++) expect(queue.has(index)).toBe(rankOf.has(index));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('puts those that come to a rank last, and a new one where it is told to', () => {
    const queue = new BucketQueue();
    for (const each of [4, 7, 2]) queue.add(each, 5);
    queue.move(4, 9);
    queue.move(4, 5);
    queue.add(3, 5, 2);
    queue.add(1, 6, 2);
    const order: number[] = [];
    for (let slot = queue.first; slot !== -1; slot = queue.first) {
      order.push(slot);
      queue.remove(slot);
    }
    expect(order).toEqual([7, 3, 2, 4, 1]);
  });

  it('leaves one in its place that gets the rank it has', () => {
    const queue = new BucketQueue();
    for (const each of [0, 1]) queue.add(each, 5);
    queue.move(0, 5);
    expect(queue.first).toBe(0);
  });
});
