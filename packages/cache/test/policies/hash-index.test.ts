import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GhostQueue } from '../../src/policies/ghost-queue.ts';
import { HashIndex } from '../../src/policies/hash-index.ts';

/* Few enough to meet again, and some far from the others. */
const HASH = fc.oneof(fc.nat(40), fc.constantFrom(-1, -(2 ** 31), 2 ** 31 - 1, 32, 64, 4096));

describe('the index of hashes', () => {
  it('does what a Map does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(HASH, fc.oneof(fc.nat(1000), fc.constant(undefined))), { maxLength: 500 }),
        (steps) => {
          const index = new HashIndex();
          const map = new Map<number, number>();
          for (const [hash, value] of steps) {
            if (value === undefined) {
              index.delete(hash);
              map.delete(hash);
            } else {
              index.set(hash, value);
              map.set(hash, value);
            }
            expect(index.size).toBe(map.size);
          }
          for (const [hash] of steps) expect(index.get(hash)).toBe(map.get(hash) ?? -1);
        },
      ),
    );
  });
});

describe('the queue of ghosts', () => {
  it('forgets the oldest, though many that came later have come back', () => {
    const ghosts = new GhostQueue();
    ghosts.add(1, 10);
    for (let round = 0; round < 19; round += 1) {
      ghosts.add(2, 10);
      expect(ghosts.take(2)).toBe(true);
    }
    expect(ghosts.take(1)).toBe(true);
    ghosts.add(1, 10);
    for (let round = 0; round < 20; round += 1) {
      ghosts.add(2, 10);
      ghosts.take(2);
    }
    expect(ghosts.take(1)).toBe(false);
  });

  it('remembers the last hashes, and each that comes back once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.tuple(HASH, fc.boolean()), { maxLength: 500 }),
        (limit, steps) => {
          const ghosts = new GhostQueue();
          const remembered: number[] = [];
          const forget = (hash: number) => {
            const at = remembered.indexOf(hash);
            if (at >= 0) remembered.splice(at, 1);
            return at >= 0;
          };
          for (const [hash, isEvicted] of steps) {
            if (isEvicted && !remembered.includes(hash)) {
              ghosts.add(hash, limit);
              remembered.push(hash);
              while (remembered.length > limit) remembered.shift();
            } else {
              expect(ghosts.take(hash)).toBe(forget(hash));
            }
            // Where many come back, some are forgotten before their time.
            expect(ghosts.size).toBeLessThanOrEqual(remembered.length);
            if (ghosts.size < remembered.length) return;
          }
        },
      ),
    );
  });
});
