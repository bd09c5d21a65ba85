import { quantile } from './quantile.ts';

/**
 * The middle of a sample; of an even number of values, the mean of the two in the middle. Takes O(n).
 *
 * @returns NaN for an empty sample or one with a value that is NaN or infinite
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
