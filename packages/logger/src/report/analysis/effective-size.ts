import { autocorrelation } from '@evenkeel/core/statistics';

/* So that the size of what barely moves between neighbours stays above zero. */
const MOST_CORRELATED = 0.98;

/**
 * As how many independent values these count, which stand in the order of time: neighbours that are alike tell less.
 *
 * n (1 - φ) / (1 + φ), with φ the correlation of neighbours: G. V. Bayley and J. M. Hammersley, "The 'Effective' Number
 * of Independent Observations in an Autocorrelated Time Series", Supplement to the Journal of the Royal Statistical
 * Society 8 (1946), for a series of the first order. The estimate of φ is freed of its bias in short series by
 * F. H. C. Marriott and J. A. Pope, "Bias in the Estimation of Autocorrelations", Biometrika 41 (1954). Never more than n.
 *
 * @param fitted parameters that were taken off the values: 1 for their mean alone, 2 for a line
 */
export function effectiveSize(values: ArrayLike<number>, fitted: 1 | 2 = 1): number {
  const n = values.length;
  if (n < 5) return n;
  const raw = autocorrelation(values, 1)[1] ?? Number.NaN;
  if (Number.isNaN(raw)) return n;
  const correlation = (n * raw + fitted) / (n - 2 - fitted);
  const bounded = Math.min(MOST_CORRELATED, Math.max(0, correlation));
  return (n * (1 - bounded)) / (1 + bounded);
}
