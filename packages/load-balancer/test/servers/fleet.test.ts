import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fleet } from '../../src/servers/fleet.ts';

describe('Fleet', () => {
  it('keeps slots, open slots and weights in step', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), which: fc.nat(1000) }),
      fc.record({
        kind: fc.constant('weigh' as const),
        which: fc.nat(1000),
        weight: fc.constantFrom(0, 0.1, 1, 3),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const fleet = new Fleet(seededRandom(1));
        const weights = new Map<number, number>();
        let added = 0;
        for (const each of steps) {
          const slots = [...weights.keys()];
          const slot = slots[each.which % slots.length];
          if (each.kind === 'add') {
            const id = `s${added++}`;
            const fresh = fleet.add(id);
            expect(weights.has(fresh)).toBe(false);
            expect(fleet.idOf(fresh)).toBe(id);
            weights.set(fresh, 0);
          } else if (slot !== undefined && each.kind === 'remove') {
            fleet.setWeight(slot, 0);
            fleet.remove(slot);
            weights.delete(slot);
          } else if (slot !== undefined && each.kind === 'weigh') {
            expect(fleet.setWeight(slot, each.weight)).toBe(weights.get(slot) !== each.weight);
            weights.set(slot, each.weight);
          }
          const open = [...weights].filter(([, weight]) => weight > 0);
          expect([...fleet.members].sort()).toEqual([...weights.keys()].sort());
          expect([...fleet.openSlots].sort()).toEqual(open.map(([at]) => at).sort());
          expect(fleet.open).toBe(open.length);
          expect(fleet.totalWeight).toBeCloseTo(open.reduce((sum, [, weight]) => sum + weight, 0));
        }
      }),
    );
  });

  it('knows no server in a slot that was left', () => {
    const fleet = new Fleet(Math.random);
    fleet.remove(fleet.add('a'));
    expect(() => fleet.idOf(0)).toThrow('there is no server in slot 0');
  });
});
