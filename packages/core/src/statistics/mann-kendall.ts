import { kendallVariance } from './kendall-variance.ts';
import { normalCdf } from './normal-cdf.ts';
import { finiteSample, itemAt } from './sample.ts';
import { tieGroups } from './tie-groups.ts';

/** What {@link mannKendall} finds. */
export interface MannKendallResult {
  /** Kendall's score: pairs that rise in time less pairs that fall. */
  readonly s: number;
  /** The variance of `s` where there is no trend, corrected for ties. */
  readonly variance: number;
  /** `s`, brought one nearer to zero for continuity, in standard deviations. */
  readonly z: number;
  /** How probable a score at least as far from zero is where there is no trend (two-sided). */
  readonly pValue: number;
  /** Kendall's tau-b, from -1 (always falling) to 1 (always rising). */
  readonly tau: number;
}

/**
 * The Mann-Kendall test for a trend, up or down and of any shape, in values that are in the order of time and
 * independent but for the trend. Correlation between neighbours makes it see trends that are not there.
 *
 * H. B. Mann, "Nonparametric Tests Against Trend", Econometrica 13 (1945); M. G. Kendall, "Rank Correlation
 * Methods" (1975), for ties. The p-value is that of the normal approximation with continuity correction, good
 * from about eight values on. The score is counted by merge sort (W. R. Knight, Journal of the American
 * Statistical Association 61, 1966): O(n log n).
 *
 * Values that are all equal show no trend: `pValue` is 1 and `tau` NaN. Fewer than two values, or a value that
 * is NaN or infinite, make every field NaN.
 */
export function mannKendall(values: ArrayLike<number>): MannKendallResult {
  const sample = finiteSample(values);
  if (sample === undefined || sample.length < 2) {
    const nothing = Number.NaN;
    return { s: nothing, variance: nothing, z: nothing, pValue: nothing, tau: nothing };
  }
  const n = sample.length;
  const ties = tieGroups(sample);
  const pairs = (n * (n - 1)) / 2;
  const untied = pairs - ties.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const s = untied - 2 * sortCountingInversions(sample);
  const variance = kendallVariance(n, ties);
  const z = s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  return {
    s,
    variance,
    z,
    pValue: 2 * normalCdf(-Math.abs(z)),
    tau: s / (Math.sqrt(untied) * Math.sqrt(pairs)),
  };
}

/** Sorts the values and counts the pairs that stood in descending order. */
function sortCountingInversions(values: Float64Array): number {
  let from = values;
  let to: Float64Array = new Float64Array(values.length);
  let inversions = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        if (left < middle && (right >= end || itemAt(from, left) <= itemAt(from, right))) {
          to[at] = itemAt(from, left++);
        } else {
          to[at] = itemAt(from, right++);
          inversions += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  return inversions;
}
