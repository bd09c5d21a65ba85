import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logScale, STEPS_PER_OCTAVE } from '../../src/strategies/log-scale.ts';

it('is 0 for 1, and a whole number of octaves for each doubling', () => {
  expect([logScale(1), logScale(2), logScale(0.5), logScale(1024)]).toEqual([
    0,
    STEPS_PER_OCTAVE,
    -STEPS_PER_OCTAVE,
    10 * STEPS_PER_OCTAVE,
  ]);
});

it('grows with the number, and adds up within a tenth of an octave', () => {
  const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(positive, positive, (a, b) => {
      if (a < b) expect(logScale(a)).toBeLessThanOrEqual(logScale(b));
      const difference = Math.abs(logScale(a * b) - logScale(a) - logScale(b));
      expect(difference).toBeLessThanOrEqual(0.18 * STEPS_PER_OCTAVE + 2);
      expect(Math.abs(logScale(a) - STEPS_PER_OCTAVE * Math.log2(a))).toBeLessThan(
        0.09 * STEPS_PER_OCTAVE + 1,
      );
    }),
  );
});
