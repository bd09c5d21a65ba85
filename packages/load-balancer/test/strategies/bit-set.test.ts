import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from '../../src/strategies/bit-set.ts';

describe('BitSet', () => {
  it('is a set that knows what comes next', () => {
    const member = fc.oneof(
      fc.nat(70),
      fc.nat(5000),
      fc.constantFrom(31, 32, 1023, 1024, 2047, 2048, 70_000),
    );
    const change = fc.tuple(fc.constantFrom('add' as const, 'delete' as const), member);
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 80 }),
        fc.array(member, { maxLength: 20 }),
        (changes, froms) => {
          const set = new BitSet();
          const model = new Set<number>();
          for (const [what, which] of changes) {
            set[what](which);
            model[what](which);
          }
          const sorted = [...model].toSorted((one, other) => one - other);
          for (const from of froms) {
            expect(set.next(from)).toBe(sorted.find((each) => each >= from) ?? -1);
            expect(set.nextAround(from)).toBe(sorted.find((each) => each >= from) ?? sorted[0] ?? -1);
          }
          set.clear();
          expect(set.next(0)).toBe(-1);
        },
      ),
    );
  });
});
