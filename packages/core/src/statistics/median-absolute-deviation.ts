import { option, readOptions } from '../options/index.ts';
import { median } from './median.ts';

/**
 * 1 / Φ⁻¹(3/4). Times this, the median absolute deviation of normally distributed values estimates their
 * standard deviation.
 */
export const MAD_NORMAL_SCALE = 1.482602218505602;

/** Options of {@link medianAbsoluteDeviation}. */
export interface MedianAbsoluteDeviationOptions {
  /**
   * What the result is multiplied by: `MAD_NORMAL_SCALE` (1.4826) makes it an outlier-proof estimate of the
   * standard deviation.
   * @defaultValue 1
   */
  readonly scale?: number;
}

/**
 * The median distance of the values from their median: a measure of spread that up to half of the values can
 * be outliers without spoiling. F. R. Hampel, "The Influence Curve and its Role in Robust Estimation",
 * Journal of the American Statistical Association 69 (1974).
 *
 * @returns NaN for an empty sample or one with a value that is NaN or infinite
 * @throws ConfigurationError when the scale is not a positive number
 */
export function medianAbsoluteDeviation(
  values: ArrayLike<number>,
  options: MedianAbsoluteDeviationOptions = {},
): number {
  const { scale } = readOptions<Required<MedianAbsoluteDeviationOptions>>(
    'medianAbsoluteDeviation',
    options,
    {
      scale: option.number({ min: Number.MIN_VALUE }).default(1),
    },
  );
  const center = median(values);
  return scale * median(Float64Array.from(values, (value) => Math.abs(value - center)));
}
