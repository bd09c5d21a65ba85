import { ConfigurationError } from '../errors/index.ts';
import { option, readOptions } from '../options/index.ts';
import type { ConfidenceInterval } from './confidence-interval.ts';
import { kendallVariance } from './kendall-variance.ts';
import { median } from './median.ts';
import { normalQuantile } from './normal-quantile.ts';
import { measurePairs } from './pairwise.ts';
import { finiteSample, itemAt } from './sample.ts';
import { selectSmallest } from './select.ts';
import { tieGroups } from './tie-groups.ts';

/** Options of {@link theilSen}. */
export interface TheilSenOptions {
  /**
   * The confidence of the interval of the slope, between 0 and 1.
   * @defaultValue 0.95
   */
  readonly confidence?: number;
}

/** The line that {@link theilSen} finds. */
export interface TheilSenResult {
  /** Change of y for each unit of x: the median of the slopes between pairs of points. */
  readonly slope: number;
  /**
   * y at x = 0, far outside the data where x is a time of day or an epoch: `center` is then the better anchor.
   */
  readonly intercept: number;
  /** The medians of x and y, which the line goes through: y = center.y + slope × (x - center.x). */
  readonly center: { readonly x: number; readonly y: number };
  /** Where the slope lies. Below about six points it is the range of the slopes, and covers less than asked. */
  readonly slopeInterval: ConfidenceInterval;
}

/**
 * A straight line through points of which up to 29 % may be outliers.
 *
 * H. Theil, "A Rank-Invariant Method of Linear and Polynomial Regression Analysis" (1950); slope's interval
 * and ties by P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", Journal of the
 * American Statistical Association 63 (1968); intercept by W. J. Conover, "Practical Nonparametric Statistics"
 * (1980).
 *
 * All pairs are looked at up to 1000 points. Beyond, a repeatable random choice of 500,000 pairs stands for
 * all, so that time and memory stay bounded; the slope then changes by far less than its interval is wide.
 *
 * Fewer than two different x, or a value that is NaN or infinite, make every number but the confidence NaN.
 *
 * @throws ConfigurationError when x and y differ in length, or the confidence is not between 0 and 1
 */
export function theilSen(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: TheilSenOptions = {},
): TheilSenResult {
  const { confidence } = readOptions<Required<TheilSenOptions>>('theilSen', options, {
    confidence: option.number({ min: 0, max: 1 }).default(0.95),
  });
  if (x.length !== y.length) {
    const expected = `as long as x, which has ${x.length} values`;
    throw new ConfigurationError('theilSen', [{ path: 'y.length', value: y.length, expected }]);
  }
  const xs = finiteSample(x) ?? new Float64Array();
  const ys = finiteSample(y) ?? new Float64Array();
  const n = Math.min(xs.length, ys.length);
  const slopes = measurePairs(
    n,
    n,
    (i, j) => {
      const run = itemAt(xs, j) - itemAt(xs, i);
      return run === 0 ? Number.NaN : (itemAt(ys, j) - itemAt(ys, i)) / run;
    },
    true,
  );
  const slope = median(slopes);
  const center = slopes.length === 0 ? { x: Number.NaN, y: Number.NaN } : { x: median(xs), y: median(ys) };
  // Kendall's score is the number of slopes above zero less those below: its deviation counts slopes.
  const deviation = Math.sqrt(kendallVariance(n, tieGroups(xs), tieGroups(ys)));
  const share = (normalQuantile((1 + confidence) / 2) * deviation) / (n * (n - 1));
  return {
    slope,
    intercept: center.y - slope * center.x,
    center,
    slopeInterval: { ...middleOf(slopes, share), confidence },
  };
}

/** The order statistics this share of the values below and above the middle. */
function middleOf(values: Float64Array, share: number): { low: number; high: number } {
  const count = values.length;
  const low = Math.max(0, Math.round(count * (0.5 - share)) - 1);
  const high = Math.min(count - 1, Math.round(count * (0.5 + share)));
  return { low: selectSmallest(values, low), high: selectSmallest(values, high) };
}
