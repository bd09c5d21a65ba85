import { option, readOptions, readValue } from '../options/index.ts';
import type { ConfidenceInterval } from './confidence-interval.ts';
import { normalCdf } from './normal-cdf.ts';
import { normalQuantile } from './normal-quantile.ts';
import { quantileOfSorted } from './quantile.ts';
import { RunningStatistics } from './running-statistics.ts';
import { finiteSample, itemAt } from './sample.ts';
import { seededRandom } from './seeded-random.ts';

/* Leaving out one value of each of more would cost more than the resampling itself, and tell little more. */
const MAX_JACKKNIFE_GROUPS = 1000;

/** A number computed of a sample. It must not keep or change the array: it is used again for the next call. */
export type Statistic = (sample: Float64Array) => number;

/** Options of {@link bootstrapConfidenceInterval}. */
export interface BootstrapOptions {
  /**
   * The share of intervals that are to hold the true value, between 0 and 1.
   * @defaultValue 0.95
   */
  readonly confidence?: number;
  /**
   * How many samples are drawn.
   * @defaultValue 2000
   */
  readonly resamples?: number;
  /**
   * `bca` corrects for bias and skewness; `percentile` takes the quantiles of the drawn statistics as they are.
   * @defaultValue 'bca'
   */
  readonly method?: 'bca' | 'percentile';
  /**
   * Where the random numbers start: the same seed gives the same interval.
   * @defaultValue 1
   */
  readonly seed?: number;
}

/** What {@link bootstrapConfidenceInterval} finds. */
export interface BootstrapResult extends ConfidenceInterval {
  /** The statistic of the sample itself. */
  readonly estimate: number;
  /** The standard deviation of the statistic over the drawn samples. */
  readonly standardError: number;
}

/**
 * How far a statistic can be trusted: a confidence interval from the statistics of samples drawn, with
 * replacement, from the one there is. The values have to be independent of each other.
 *
 * B. Efron, "Better Bootstrap Confidence Intervals", Journal of the American Statistical Association 82
 * (1987): the bias-corrected and accelerated interval, its acceleration by the jackknife (past 1000 values, by
 * leaving out one of 1000 groups at a time); and the percentile interval.
 *
 * A BCa interval needs a statistic that varies smoothly: for a median or an extreme, `percentile` is no worse.
 * The statistic is called `resamples` times, and for BCa up to 1000 times more. What it throws is thrown on.
 *
 * Numbers are NaN for an empty sample, for a value that is NaN or infinite, and where the statistic of the
 * sample or of one of the drawn samples is not finite. Where the statistic does not vary, the interval is the
 * estimate alone.
 *
 * @throws ConfigurationError for options or a statistic of the wrong kind
 */
export function bootstrapConfidenceInterval(
  values: ArrayLike<number>,
  statistic: Statistic,
  options: BootstrapOptions = {},
): BootstrapResult {
  readValue('bootstrapConfidenceInterval', 'statistic', statistic, option.callback());
  const { confidence, resamples, method, seed } = readOptions<Required<BootstrapOptions>>(
    'bootstrapConfidenceInterval',
    options,
    {
      confidence: option.number({ min: 0, max: 1 }).default(0.95),
      resamples: option.integer({ min: 1, max: 10_000_000 }).default(2000),
      method: option.oneOf(['bca', 'percentile']).default('bca'),
      seed: option.integer({ min: 0 }).default(1),
    },
  );
  const sample = finiteSample(values);
  const none = {
    estimate: Number.NaN,
    low: Number.NaN,
    high: Number.NaN,
    standardError: Number.NaN,
    confidence,
  };
  if (sample === undefined || sample.length === 0) return none;
  const estimate = statistic(sample.slice());
  const drawn = resample(sample, statistic, resamples, seed);
  const spread = new RunningStatistics();
  for (const each of drawn) spread.add(each);
  if (!Number.isFinite(estimate) || spread.ignored > 0) return none;

  const tail = (1 - confidence) / 2;
  const toRank = method === 'bca' ? bcaRank(sample, statistic, estimate, drawn) : (p: number) => p;
  return {
    estimate,
    low: quantileOfSorted(drawn, toRank(tail)),
    high: quantileOfSorted(drawn, toRank(1 - tail)),
    standardError: spread.count < 2 ? Number.NaN : spread.standardDeviation,
    confidence,
  };
}

/** The statistics of the drawn samples, in ascending order. */
function resample(sample: Float64Array, statistic: Statistic, resamples: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const scratch = new Float64Array(sample.length);
  const drawn = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < scratch.length; j++) {
      scratch[j] = itemAt(sample, Math.floor(random() * sample.length));
    }
    drawn[i] = statistic(scratch);
  }
  return drawn.sort();
}

/** From the rank that is asked for to the rank among the drawn statistics that has it, by Efron's (1987) 3.9. */
function bcaRank(
  sample: Float64Array,
  statistic: Statistic,
  estimate: number,
  drawn: Float64Array,
): (p: number) => number {
  let below = 0;
  let equal = 0;
  for (const each of drawn) {
    if (each < estimate) below += 1;
    else if (each === estimate) equal += 1;
  }
  const bias = normalQuantile((below + equal / 2) / drawn.length);
  const acceleration = jackknifeAcceleration(sample, statistic);
  return (p) => {
    const shifted = bias + normalQuantile(p);
    const rank = normalCdf(bias + shifted / (1 - acceleration * shifted));
    // All drawn statistics on one side of the estimate, or a confidence of 1, leave no finite shift.
    return Number.isNaN(rank) ? p : rank;
  };
}

/** A sixth of the skewness of the influence of the values, estimated by leaving out a group at a time. */
function jackknifeAcceleration(sample: Float64Array, statistic: Statistic): number {
  const groups = Math.min(sample.length, MAX_JACKKNIFE_GROUPS);
  if (groups < 2) return 0;
  const without = new Float64Array(groups);
  for (let group = 0; group < groups; group++) {
    const from = Math.floor((group * sample.length) / groups);
    const to = Math.floor(((group + 1) * sample.length) / groups);
    const rest = new Float64Array(sample.length - (to - from));
    rest.set(sample.subarray(0, from));
    rest.set(sample.subarray(to), from);
    without[group] = statistic(rest);
  }
  const statistics = new RunningStatistics();
  for (const each of without) statistics.add(each);
  let squares = 0;
  let cubes = 0;
  for (const each of without) {
    const influence = statistics.mean - each;
    squares += influence ** 2;
    cubes += influence ** 3;
  }
  const acceleration = cubes / (6 * squares ** 1.5);
  return Number.isFinite(acceleration) ? acceleration : 0;
}
