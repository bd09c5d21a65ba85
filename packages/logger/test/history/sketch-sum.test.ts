import { QuantileSketch } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedSum } from '../../src/history/cell.ts';
import { packSketch, sketchOf, unpackSketch } from '../../src/history/packed-sketch.ts';
import { SketchSum } from '../../src/history/sketch-sum.ts';

const usual = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  fc.constantFrom(0, -0, 1, 1e-320),
);
/* Wider than a sketch can tell apart: some of it collapses. */
const extreme = fc.double({ noNaN: true, noDefaultInfinity: true });

function sketchWith(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch({ relativeError: 0.01 });
  for (const value of values) sketch.add(value);
  return sketch;
}

describe('packed sketches', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(usual, extreme)),
        fc.integer({ min: 1, max: 2 ** 50 }),
        (values, count) => {
          const sketch = sketchWith(values);
          sketch.add(7, count);
          const { min, max } = sketch;
          const sum = boundedSum(sketch.sum);
          const unpacked = sketchOf(unpackSketch(packSketch(sketch.toJSON())), { sum, min, max });
          expect(unpacked.toJSON()).toEqual({ ...sketch.toJSON(), sum });
        },
      ),
      { seed: 1 },
    );
  });

  it('take a few bytes for a few values', () => {
    expect(packSketch(sketchWith([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).toJSON()).length).toBeLessThan(40);
    expect(packSketch(sketchWith([]).toJSON())).toHaveLength(6);
  });

  it('are refused when they are none', () => {
    expect(() => unpackSketch(Uint8Array.of())).toThrow(RangeError);
    expect(() => unpackSketch(Uint8Array.of(2, 0))).toThrow('begins with 1, got 2');
    expect(() => unpackSketch(packSketch(sketchWith([1]).toJSON()).subarray(0, 6))).toThrow('cut short');
  });
});

describe('SketchSum', () => {
  const sumOf = (groups: readonly (readonly number[])[]): QuantileSketch => {
    const sum = new SketchSum();
    for (const [index, values] of groups.entries()) {
      const sketch = sketchWith(values);
      if (index % 3 === 2) sum.addSketch(sketch);
      else
        sum.add(packSketch(sketch.toJSON()), {
          sum: boundedSum(sketch.sum),
          min: sketch.min,
          max: sketch.max,
        });
    }
    return sum.toSketch();
  };

  it('is what one sketch of all values would be', () => {
    const groups = fc.array(fc.array(usual, { minLength: 1, maxLength: 20 }), { maxLength: 12 });
    fc.assert(
      fc.property(groups, (given) => {
        const { sum, ...rest } = sumOf(given).toJSON();
        const { sum: expectedSum, ...expected } = sketchWith(given.flat()).toJSON();
        expect(rest).toEqual(expected);
        expect(sum).toBeCloseTo(expectedSum ?? 0, 3);
      }),
      { seed: 2 },
    );
  });

  it('loses no value however far apart they are', () => {
    const groups = fc.array(fc.array(extreme, { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(groups, (given) => {
        const all = given.flat();
        const [sketch, expected] = [sumOf(given), sketchWith(all)];
        expect(sketch.count).toBe(all.length);
        expect([sketch.min, sketch.max]).toEqual([expected.min, expected.max]);
        expect(sketch.quantile(0.9)).toBe(expected.quantile(0.9));
      }),
      { seed: 3 },
    );
  });
});
