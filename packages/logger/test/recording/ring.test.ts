import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cells, type Cursor, Ring } from '../../src/recording/ring.ts';

const CAPACITY = 128;
const MAX_WEIGHT = 10_000;

describe('Ring', () => {
  it('holds the last records as written, whatever their shapes, within its bounds', () => {
    const shapes: readonly Cells[] = [
      { numbers: 0, references: 0 },
      { numbers: 1, references: 0 },
      { numbers: 2, references: 1 },
      { numbers: 32, references: 0 },
      { numbers: 0, references: 32 },
      { numbers: 5, references: 7 },
    ];
    const entry = fc.record({
      shape: fc.nat({ max: shapes.length - 1 }),
      weight: fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: MAX_WEIGHT * 2 })),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 600 }), (entries) => {
        const ring = new Ring(CAPACITY, MAX_WEIGHT);
        const ids = shapes.map((shape) => ring.register(shape));
        entries.forEach(({ shape, weight }, sequence) => {
          const { numbers, references } = shapes[shape] ?? { numbers: 0, references: 0 };
          for (let cell = 0; cell < numbers; cell++)
            ring.numbers[(ring.number + cell) & ring.numberMask] = sequence + cell / 100;
          for (let cell = 0; cell < references; cell++)
            ring.references[(ring.reference + cell) & ring.referenceMask] = `${sequence}/${cell}`;
          ring.commit(ids[shape] ?? 0, 1000 + sequence, numbers, references, weight);
          expect(ring.weight).toBeLessThanOrEqual(MAX_WEIGHT);
          expect(ring.next - ring.oldest).toBeLessThanOrEqual(CAPACITY);
        });
        expect(ring.next).toBe(entries.length);
        const cursor: Cursor = { sequence: 0, number: 0, reference: 0 };
        let referencesHeld = 0;
        for (ring.rewind(cursor); cursor.sequence < ring.next; ring.advance(cursor)) {
          const { sequence } = cursor;
          const { numbers, references } = ring.shapeAt(sequence);
          expect(ring.shapeAt(sequence)).toBe(shapes[entries[sequence]?.shape ?? -1]);
          expect(ring.timeAt(sequence)).toBe(1000 + sequence);
          for (let cell = 0; cell < numbers; cell++)
            expect(ring.numbers[(cursor.number + cell) & ring.numberMask]).toBe(sequence + cell / 100);
          for (let cell = 0; cell < references; cell++)
            expect(ring.references[(cursor.reference + cell) & ring.referenceMask]).toBe(
              `${sequence}/${cell}`,
            );
          referencesHeld += references;
        }
        // What was let go of is not kept alive.
        expect(ring.references.filter((each) => each !== undefined)).toHaveLength(referencesHeld);
      }),
      { numRuns: 200 },
    );
  });

  it('wakes each who asked, once, at the record that they wait for', () => {
    const ring = new Ring(CAPACITY, MAX_WEIGHT);
    const id = ring.register({ numbers: 0, references: 0 });
    const woken: string[] = [];
    const wake = (name: string) => () => woken.push(`${name} at ${ring.next}`);
    ring.alarm(3, wake('c'));
    ring.alarm(1, () => {
      wake('a')();
      ring.alarm(2, wake('b'));
    });
    ring.alarm(3, wake('cancelled'))();
    for (let record = 0; record < 5; record++) ring.commit(id, 0, 0, 0, 0);
    expect(woken).toEqual(['a at 1', 'b at 2', 'c at 3']);
  });
});
