import { normalQuantile } from '@evenkeel/core/statistics';

/*
 * Below, the expansion is off by more than 1 %. Nothing is decided on three values; the interval is then only a bit too
 * narrow for what it claims.
 */
const LEAST_FREEDOM = 3;

/**
 * Quantile of Student's t distribution, by its expansion in powers of 1 / degrees of freedom: M. Abramowitz and
 * I. A. Stegun, "Handbook of Mathematical Functions" (1964), 26.7.5. Within 0.3 % from 4 degrees on at 97.5 %.
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  const n = Math.max(LEAST_FREEDOM, degreesOfFreedom);
  const x = normalQuantile(p);
  const square = x * x;
  const first = (square + 1) / 4;
  const second = ((5 * square + 16) * square + 3) / 96;
  const third = (((3 * square + 19) * square + 17) * square - 15) / 384;
  const fourth = ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92_160;
  return x * (1 + (first + (second + (third + fourth / n) / n) / n) / n);
}
