import { option, readValue } from '../options/index.ts';
import { finiteSample, itemAt } from './sample.ts';
import { selectSmallest } from './select.ts';

/**
 * The `q`-quantile of a sample, by linear interpolation between order statistics: type 7 of R. J. Hyndman and
 * Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), the default of R,
 * NumPy and spreadsheets. Takes O(n); the sample is not changed.
 *
 * @param q from 0 (the minimum) to 1 (the maximum)
 * @returns NaN for an empty sample or one with a value that is NaN or infinite
 * @throws ConfigurationError when `q` is not a number from 0 to 1
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  checkRank('quantile', q);
  const sample = finiteSample(values);
  if (sample === undefined || sample.length === 0) return Number.NaN;
  const position = (sample.length - 1) * q;
  const index = Math.floor(position);
  const lower = selectSmallest(sample, index);
  if (index === position) return lower;
  let upper = itemAt(sample, index + 1);
  for (let i = index + 2; i < sample.length; i++) upper = Math.min(upper, itemAt(sample, i));
  return between(lower, upper, position - index);
}

/**
 * Like {@link quantile}, of a sample that is already in ascending order: O(1), for several quantiles of one
 * sample. The order is not checked, nor are the values between.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  checkRank('quantileOfSorted', q);
  const position = (sorted.length - 1) * q;
  const index = Math.floor(position);
  const lower = sorted[index] ?? Number.NaN;
  return index === position ? lower : between(lower, sorted[index + 1] ?? Number.NaN, position - index);
}

function checkRank(owner: string, q: number): void {
  readValue(owner, 'q', q, option.number({ min: 0, max: 1 }));
}

function between(lower: number, upper: number, fraction: number): number {
  const step = upper - lower;
  // The difference of two huge values of opposite sign is infinite, though what lies between is not.
  const value = Number.isFinite(step) ? lower + fraction * step : lower * (1 - fraction) + upper * fraction;
  return Math.min(upper, Math.max(lower, value));
}
