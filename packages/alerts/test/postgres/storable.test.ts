import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyOf, timeOf, toJson } from '../../src/postgres/storable.ts';

it('keys are plain, short, and as different as the texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(keyOf(a)).toMatch(/^[\x20-\x7e]{1,200}$/);
      expect(keyOf(a) === keyOf(b)).toBe(a === b);
    }),
  );
  expect(keyOf('high-response-time')).toBe('high-response-time');
  expect(keyOf('x'.repeat(1_000_000))).toHaveLength(71);
  expect(keyOf('\ud800')).not.toBe(keyOf('\udfff'));
});

it('JSON is written of whatever evidence there is', () => {
  const cycle: Record<string, unknown> = { big: 10n, message: 'NUL \u0000, half \ud800' };
  cycle.self = cycle;
  expect(JSON.parse(toJson({ id: 'a', evidence: cycle }))).toEqual({
    id: 'a',
    evidence: { big: '10', message: 'NUL \u0000, half \ud800' },
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  expect(toJson(cycle)).not.toMatch(/\u0000|\p{Surrogate}/u);
});

it('times are finite', () => {
  expect([1, undefined, Number.NaN, Infinity].map(timeOf)).toEqual([1, 0, 0, 0]);
});
