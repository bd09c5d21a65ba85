import { describe, expect, it } from 'vitest';
import { signTest } from '../../proofs/timed/sign-test.ts';

describe('the sign test', () => {
  it('gives the tail of the binomial distribution', () => {
    expect(signTest(0, 11)).toBeCloseTo(1, 12);
    expect(signTest(11, 11)).toBeCloseTo(1 / 2048, 12);
    expect(signTest(10, 11)).toBeCloseTo(12 / 2048, 12);
    expect(signTest(3, 5)).toBeCloseTo(0.5, 12);
    expect(signTest(23, 31)).toBeCloseTo(0.0053, 4);
  });
});
