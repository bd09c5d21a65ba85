import { median } from './median.ts';
import { measurePairs } from './pairwise.ts';
import { finiteSample, itemAt } from './sample.ts';

/**
 * By how much the values of `a` exceed those of `b`: the median of the differences of all pairs. It goes with
 * the Mann-Whitney test, and up to 29 % of the values may be outliers. J. L. Hodges and E. L. Lehmann,
 * "Estimates of Location Based on Rank Tests", Annals of Mathematical Statistics 34 (1963).
 *
 * Past 500,000 pairs a repeatable random choice of that many stands for all, which bounds time and memory.
 *
 * @returns NaN when a sample is empty or has a value that is NaN or infinite
 */
export function hodgesLehmann(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const first = finiteSample(a);
  const second = finiteSample(b);
  if (first === undefined || second === undefined) return Number.NaN;
  return median(measurePairs(first.length, second.length, (i, j) => itemAt(first, i) - itemAt(second, j)));
}
