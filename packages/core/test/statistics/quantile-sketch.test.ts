import { ConfigurationError } from '@evenkeel/core';
import { QuantileSketch, seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function sketchOf(values: Iterable<number>, relativeError = 0.01): QuantileSketch {
  const sketch = new QuantileSketch({ relativeError });
  for (const value of values) sketch.add(value);
  return sketch;
}

/** The exact value that a quantile stands for: by rank, without interpolation. */
function ranked(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

function summary(sketch: QuantileSketch) {
  const { count, sum, min, max, ignored, collapsed } = sketch;
  return { count, sum, min, max, ignored, collapsed };
}

const QUANTILES = [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

const random = seededRandom(2);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/* The sum of such values does not overflow, nor do they span more than a sketch tells apart. */
const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const value = fc.oneof(
  positive,
  positive.map((each) => -each),
  fc.constant(0),
  fc.integer({ min: -5, max: 5 }),
);

describe('QuantileSketch', () => {
  describe('error', () => {
    const distributions = {
      'log-normal': () => Math.exp(3 + normal()),
      'log-normal, wide': () => Math.exp(3 * normal()),
      bimodal: () => (random() < 0.7 ? Math.exp(0.2 * normal()) : 2000 * Math.exp(0.3 * normal())),
      'heavy-tailed': () => 0.001 * (1 - random()) ** (-1 / 0.8),
      'even over nine decades of logarithm': () => 1e-3 * 10 ** (9 * random()),
      'nanoseconds to years, in seconds': () => 10 ** (-9 + 18 * random()),
      'negative and positive': () => 1000 * normal(),
      'mean 1e9 and deviation 1': () => 1e9 + normal(),
      integers: () => Math.floor(20 * random()),
    };
    const cases = Object.entries(distributions).flatMap(([name, draw]) =>
      [0.001, 0.01, 0.05, 0.1].map((relativeError) => ({ name, draw, relativeError })),
    );

    it.each(cases)('of $name is at most $relativeError', ({ draw, relativeError }) => {
      const values = Float64Array.from({ length: 20_000 }, draw);
      const sketch = sketchOf(values, relativeError);
      values.sort();
      for (const q of QUANTILES) {
        const exact = ranked(values, q);
        expect(Math.abs(sketch.quantile(q) - exact)).toBeLessThanOrEqual(
          relativeError * Math.abs(exact) * (1 + 1e-12),
        );
      }
    });

    it('is bounded for any values, and quantiles never fall', () => {
      const ranks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 10 });
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), ranks, (values, qs) => {
          const sketch = sketchOf(values);
          const sorted = Float64Array.from(values).sort();
          qs.sort((a, b) => a - b);
          const quantiles = qs.map((q) => sketch.quantile(q));
          qs.forEach((q, i) => {
            const exact = ranked(sorted, q);
            expect(Math.abs((quantiles[i] ?? Number.NaN) - exact)).toBeLessThanOrEqual(
              0.01 * Math.abs(exact),
            );
          });
          expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
          expect(sketch.quantile(0)).toBe(sorted[0]);
          expect(sketch.quantile(1)).toBe(sorted.at(-1));
        }),
      );
    });
  });

  it('knows count, sum, minimum, maximum and mean', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
        const sketch = sketchOf(values);
        const sum = values.reduce((total, each) => total + each, 0);
        const size = values.reduce((total, each) => total + Math.abs(each), 0);
        expect(Math.abs(sketch.sum - sum)).toBeLessThanOrEqual(1e-13 * size);
        expect(sketch.mean).toBe(sketch.sum / values.length);
        expect([sketch.count, sketch.min + 0, sketch.max + 0]).toEqual([
          values.length,
          Math.min(...values) + 0,
          Math.max(...values) + 0,
        ]);
      }),
    );
  });

  it('knows nothing while it is empty', () => {
    const sketch = new QuantileSketch();
    const nan = Number.NaN;
    expect(summary(sketch)).toEqual({ count: 0, sum: 0, min: nan, max: nan, ignored: 0, collapsed: 0 });
    expect([sketch.mean, ...[0, 0.5, 1].map((q) => sketch.quantile(q)), sketch.relativeError]).toEqual([
      nan,
      nan,
      nan,
      nan,
      0.01,
    ]);
  });

  it('leaves out what is no finite number, and counts it', () => {
    const sketch = sketchOf([Number.NaN, 2, Number.POSITIVE_INFINITY, 8, Number.NEGATIVE_INFINITY, 4]);
    expect(summary(sketch)).toEqual({ count: 3, sum: 14, min: 2, max: 8, ignored: 3, collapsed: 0 });
    sketch.add(Number.NaN, 5);
    expect(sketch.ignored).toBe(8);
  });

  it('takes a value several times at once, as if one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.integer({ min: 1, max: 5 })), { maxLength: 20 }), (entries) => {
        const atOnce = new QuantileSketch();
        for (const [each, count] of entries) atOnce.add(each, count);
        const oneByOne = sketchOf(entries.flatMap(([each, count]) => new Array<number>(count).fill(each)));
        expect({ ...atOnce.toJSON(), sum: 0 }).toEqual({ ...oneByOne.toJSON(), sum: 0 });
        expect(Math.abs(atOnce.sum - oneByOne.sum)).toBeLessThanOrEqual(1e-3);
      }),
    );
  });

  it('counts beyond 2^32', () => {
    const sketch = new QuantileSketch();
    sketch.add(1, 2 ** 33);
    sketch.add(100, 2 ** 33);
    for (let i = 0; i < 3; i++) sketch.add(10);
    expect(summary(sketch)).toMatchObject({ count: 2 ** 34 + 3, sum: 101 * 2 ** 33 + 30 });
    expect([0.4, 0.6].map((q) => Math.round(sketch.quantile(q)))).toEqual([1, 100]);
  });

  it('takes the smallest and largest floats', () => {
    const sketch = sketchOf([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0, -0]);
    expect(summary(sketch)).toEqual({
      count: 5,
      sum: Number.MIN_VALUE,
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
      ignored: 0,
      collapsed: 0,
    });
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => sketch.quantile(q))).toEqual([
      -Number.MAX_VALUE,
      0,
      0,
      0,
      Number.MAX_VALUE,
    ]);
  });

  it('merges the lowest buckets past 64 powers of two, and counts what it merged', () => {
    const ascending = new QuantileSketch();
    const descending = new QuantileSketch();
    const exponents = Array.from({ length: 100 }, (_, i) => i - 50);
    for (const exponent of exponents) ascending.add(2 ** exponent);
    for (const exponent of exponents.toReversed()) descending.add(2 ** exponent);
    expect(ascending.toJSON()).toEqual(descending.toJSON());
    // From 2^-50 to 2^49 there are 100 powers; the window tells those from 2^-14 on apart.
    expect(summary(ascending)).toMatchObject({ count: 100, min: 2 ** -50, max: 2 ** 49, collapsed: 36 });
    expect(Math.abs(ascending.quantile(0.99) / 2 ** 48 - 1)).toBeLessThan(0.01);
    expect(Math.abs(ascending.quantile(0.5) / 2 ** -1 - 1)).toBeLessThan(0.01);
    // The lowest bucket begins a little above 2^-15.
    expect(Math.abs(ascending.quantile(0.1) / 2 ** -15 - 1)).toBeLessThan(0.03);
    expect(ascending.quantile(0)).toBe(2 ** -50);

    // One value so large that all others are far below the window.
    ascending.add(1e300);
    expect(summary(ascending)).toMatchObject({ count: 101, collapsed: 100 });
    ascending.add(1e300);
    ascending.add(1, 2);
    expect(summary(ascending)).toMatchObject({ count: 104, collapsed: 102 });
  });

  it('merges into what all values together give, whatever the ranges', () => {
    const part = fc.array(value, { maxLength: 60 });
    fc.assert(
      fc.property(part, part, fc.integer({ min: -30, max: 30 }), (left, right, exponent) => {
        const scaled = right.map((each) => each * 2 ** exponent);
        const merged = sketchOf(left);
        const other = sketchOf(scaled);
        const before = other.toJSON();
        merged.merge(other);
        const whole = sketchOf([...left, ...scaled]);
        expect(other.toJSON()).toEqual(before);
        expect({ ...merged.toJSON(), sum: 0 }).toEqual({ ...whole.toJSON(), sum: 0 });
        expect(QUANTILES.map((q) => merged.quantile(q))).toEqual(QUANTILES.map((q) => whole.quantile(q)));
        // Further values find their place.
        merged.add(7);
        whole.add(7);
        expect(merged.count).toBe(whole.count);
        expect(merged.quantile(0.5)).toBe(whole.quantile(0.5));
      }),
    );
  });

  it('merges as if each value had been added, also where the lowest buckets do not fit', () => {
    const wide = fc.array(fc.integer({ min: -200, max: 200 }), { maxLength: 12 });
    fc.assert(
      fc.property(wide, wide, fc.boolean(), (left, right, isFiner) => {
        const [a, b] = [left, right].map((exponents) => exponents.map((each) => 1.3 * 2 ** each));
        const merged = sketchOf(a ?? [], 0.05);
        merged.merge(sketchOf(b ?? [], isFiner ? 0.01 : 0.05));
        const whole = sketchOf([...(a ?? []), ...(b ?? [])], 0.05);
        expect({ ...merged.toJSON(), sum: 0 }).toEqual({ ...whole.toJSON(), sum: 0 });
      }),
    );
  });

  it('merges with itself', () => {
    const sketch = sketchOf([1, 2, 3, -4, 0]);
    sketch.merge(sketch);
    expect(summary(sketch)).toEqual({ count: 10, sum: 4, min: -4, max: 3, ignored: 0, collapsed: 0 });
  });

  it('merges a finer sketch, and refuses a coarser one', () => {
    const values = Array.from({ length: 1000 }, () => Math.exp(normal()));
    const coarse = sketchOf(values.slice(0, 500), 0.05);
    coarse.merge(sketchOf(values.slice(500), 0.01));
    expect({ ...coarse.toJSON(), sum: 0 }).toEqual({ ...sketchOf(values, 0.05).toJSON(), sum: 0 });
    expect(() => new QuantileSketch().merge(coarse)).toThrow(
      'QuantileSketch.merge: other.relativeError must be at most 0.01, as here, got 0.05',
    );
  });

  it.each(['reset', 'clear'] as const)('forgets everything on %s', (method) => {
    const sketch = sketchOf([1, -2, 0, Number.NaN, 1e300, 1e-300]);
    sketch[method]();
    expect(sketch.toJSON()).toEqual(new QuantileSketch().toJSON());
    sketch.add(3);
    expect(sketch.toJSON()).toEqual(sketchOf([3]).toJSON());
  });

  describe('as JSON', () => {
    it('goes there and back', () => {
      fc.assert(
        fc.property(
          fc.array(value, { maxLength: 60 }),
          fc.constantFrom(0.001, 0.01, 0.1),
          (values, relativeError) => {
            const sketch = sketchOf([...values, Number.NaN], relativeError);
            const restored = QuantileSketch.fromJSON(JSON.parse(JSON.stringify(sketch)));
            expect(summary(restored)).toEqual(summary(sketch));
            expect(restored.toJSON()).toEqual(sketch.toJSON());
            expect(QUANTILES.map((q) => restored.quantile(q))).toEqual(
              QUANTILES.map((q) => sketch.quantile(q)),
            );
            restored.add(5);
            sketch.add(5);
            expect({ ...restored.toJSON(), sum: 0 }).toEqual({ ...sketch.toJSON(), sum: 0 });
          },
        ),
      );
    });

    it('goes there and back when buckets were merged, and when the sum overflowed', () => {
      const overflowed = sketchOf([1e308, 1e308, 1e-300, -1e308, -1e-300]);
      const restored = QuantileSketch.fromJSON(JSON.parse(JSON.stringify(overflowed)));
      expect(restored.toJSON()).toEqual(overflowed.toJSON());
      expect(summary(restored)).toMatchObject({ count: 5, collapsed: 2, min: -1e308, max: 1e308 });
      const allSmall = sketchOf([-1e308, -1e-300]);
      expect(QuantileSketch.fromJSON(JSON.parse(JSON.stringify(allSmall))).max).toBe(-1e-300);
    });

    it('is compact', () => {
      expect(sketchOf([1, 1, 1024]).toJSON()).toEqual({
        relativeError: 0.01,
        sum: 1026,
        min: 1,
        max: 1024,
        zeros: 0,
        ignored: 0,
        collapsed: [0, 0],
        positive: [1023 * 64, 2, -639, 1],
        negative: [],
      });
      const latencies = sketchOf(Array.from({ length: 100_000 }, () => Math.exp(3 + normal())));
      expect(JSON.stringify(latencies).length).toBeLessThan(3000);
    });

    const good = sketchOf([1, 2, 4, -8]).toJSON();
    const { min: _, ...withoutMin } = good;
    it.each([
      undefined,
      null,
      1,
      'sketch',
      [],
      {},
      { ...good, extra: 1 },
      { ...good, relativeError: 1 },
      { ...good, zeros: -1 },
      { ...good, zeros: 0.5 },
      { ...good, ignored: '0' },
      { ...good, collapsed: null },
      { ...good, collapsed: [1, 0] },
      { ...good, collapsed: [0, 1] },
      { ...good, collapsed: [0, -1] },
      { ...good, sum: 'NaN' },
      { ...good, min: 1.5 },
      { ...good, max: 5 },
      { ...good, max: -9 },
      withoutMin,
      { ...good, positive: 'none' },
      { ...good, positive: [1023 * 64] },
      { ...good, positive: [1023 * 64, 0, 1] },
      { ...good, positive: [1023 * 64, -1, 1] },
      { ...good, positive: [1023 * 64, 1, -1] },
      { ...good, positive: [1023 * 64, 1.5] },
      { ...good, positive: [1, 1] },
      { ...good, positive: [2047 * 64, 1] },
      { ...good, positive: [1023 * 64, 1, -1e9, 1] },
      { ...good, negative: [1023 * 64, 1, -5000, 1] },
    ])('refuses %j', (junk) => {
      expect(() => QuantileSketch.fromJSON(junk)).toThrow(ConfigurationError);
    });
  });

  it.each([0, 0.0009, 0.2, Number.NaN, '1%'])('refuses %s as relative error', (relativeError) => {
    expect(() => new QuantileSketch({ relativeError: relativeError as number })).toThrow(ConfigurationError);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2'])('refuses %s as count', (count) => {
    const sketch = sketchOf([1]);
    expect(() => sketch.add(1, count as number)).toThrow(ConfigurationError);
    expect(sketch.count).toBe(1);
  });

  it.each([-0.1, 1.1, Number.NaN, '0.5'])('refuses %s as q', (q) => {
    expect(() => new QuantileSketch().quantile(q as number)).toThrow(ConfigurationError);
  });
});
