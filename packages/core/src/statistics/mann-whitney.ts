import { option, readOptions } from '../options/index.ts';
import { mannWhitneyDistribution } from './mann-whitney-distribution.ts';
import { normalCdf } from './normal-cdf.ts';
import { finiteSample, itemAt } from './sample.ts';
import { tieGroups } from './tie-groups.ts';

/* The exact distribution of 30 against 33 values takes about a millisecond. */
const EXACT_MAX_PAIRS = 1000;

/** Options of {@link mannWhitney}. */
export interface MannWhitneyOptions {
  /**
   * What the test is to find: that the values of `a` tend to differ from those of `b` in either direction, to be
   * greater, or to be less.
   * @defaultValue 'two-sided'
   */
  readonly alternative?: 'two-sided' | 'greater' | 'less';
}

/** What {@link mannWhitney} finds. */
export interface MannWhitneyResult {
  /** In how many pairs the value of `a` is the greater one; ties count half. */
  readonly u: number;
  /** How far `u` is from its mean, in standard deviations corrected for ties, without continuity correction. */
  readonly z: number;
  /** How probable so extreme a `u` is where both samples come from one distribution. */
  readonly pValue: number;
  /** Whether the p-value is exact or a normal approximation with continuity correction. */
  readonly exact: boolean;
  /** The chance that a value of `a` exceeds one of `b`, ties counting half: A12, 0.5 where they are alike. */
  readonly probabilityOfSuperiority: number;
  /** Cliff's delta, from -1 (all of `a` below all of `b`) to 1: 2 × A12 - 1. */
  readonly cliffsDelta: number;
}

/**
 * The Mann-Whitney U test (Wilcoxon's rank-sum test) of whether the values of one of two independent samples
 * tend to be greater, with its effect size. It looks at ranks only: outliers and skew do no harm.
 *
 * H. B. Mann and D. R. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger
 * than the Other", Annals of Mathematical Statistics 18 (1947); A. Vargha and H. D. Delaney, "A Critique and
 * Improvement of the CL Common Language Effect Size Statistics" (2000); N. Cliff, "Dominance Statistics" (1993).
 *
 * The p-value is exact without ties up to 1000 pairs (30 values against 33), else by the normal approximation.
 * Values that are all equal differ in nothing: `pValue` is 1. An empty sample, or a value that is NaN or
 * infinite, makes every number NaN.
 *
 * @throws ConfigurationError for an unknown alternative
 */
export function mannWhitney(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: MannWhitneyOptions = {},
): MannWhitneyResult {
  const { alternative } = readOptions<Required<MannWhitneyOptions>>('mannWhitney', options, {
    alternative: option.oneOf(['two-sided', 'greater', 'less']).default('two-sided'),
  });
  const first = finiteSample(a)?.sort();
  const second = finiteSample(b)?.sort();
  if (!first || !second || first.length === 0 || second.length === 0) {
    const none = Number.NaN;
    return {
      u: none,
      z: none,
      pValue: none,
      exact: false,
      probabilityOfSuperiority: none,
      cliffsDelta: none,
    };
  }
  const m = first.length;
  const n = second.length;
  const u = pairsWon(first, second);
  const ties = tieGroups(pooled(first, second));
  const tieTerm = ties.reduce((sum, size) => sum + size * (size * size - 1), 0) / ((m + n) * (m + n - 1));
  const deviation = Math.sqrt(Math.max(0, (m * n * (m + n + 1 - tieTerm)) / 12));
  const distance = u - (m * n) / 2;
  const exact = ties.length === 0 && m * n <= EXACT_MAX_PAIRS;
  const tails = exact ? exactTails(u, m, n) : normalTails(distance, deviation);
  return {
    u,
    z: deviation === 0 ? 0 : distance / deviation,
    pValue: pick(tails, alternative),
    exact,
    probabilityOfSuperiority: u / (m * n),
    cliffsDelta: (2 * u) / (m * n) - 1,
  };
}

/** The probability of a U so small, and of one so great. */
interface Tails {
  readonly less: number;
  readonly greater: number;
}

function pick({ less, greater }: Tails, alternative: 'two-sided' | 'greater' | 'less'): number {
  return Math.min(
    1,
    alternative === 'two-sided' ? 2 * Math.min(less, greater) : alternative === 'less' ? less : greater,
  );
}

function exactTails(u: number, m: number, n: number): Tails {
  const distribution = mannWhitneyDistribution(Math.min(m, n), Math.max(m, n));
  const upTo = (last: number): number => {
    let sum = 0;
    for (let i = 0; i <= last; i++) sum += itemAt(distribution, i);
    return sum;
  };
  // The distribution is symmetric, so the upper tail is summed from its small end too.
  return { less: upTo(u), greater: upTo(m * n - u) };
}

function normalTails(distance: number, deviation: number): Tails {
  if (deviation === 0) return { less: 1, greater: 1 };
  return { less: normalCdf((distance + 0.5) / deviation), greater: normalCdf((0.5 - distance) / deviation) };
}

/** How often a value of the first sorted sample exceeds one of the second; ties count half. */
function pairsWon(first: Float64Array, second: Float64Array): number {
  let won = 0;
  let below = 0;
  let notAbove = 0;
  for (const value of first) {
    while (below < second.length && itemAt(second, below) < value) below += 1;
    while (notAbove < second.length && itemAt(second, notAbove) <= value) notAbove += 1;
    won += (below + notAbove) / 2;
  }
  return won;
}

function pooled(first: Float64Array, second: Float64Array): Float64Array {
  const all = new Float64Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
