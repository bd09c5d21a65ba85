import { mannWhitney, median, normalCdf } from '@evenkeel/core/statistics';
import type { Comparison } from '../report.ts';
import { changeAgainst, signedPercent } from '../words.ts';
import { effectiveSize } from './effective-size.ts';
import { rounded } from './rounded.ts';
import { studentQuantile } from './student-quantile.ts';

/** What is compared: a mean, and the values behind it in the order of time. */
export interface Sample {
  readonly mean: number;
  /** Means of steps, or runs. Empty for a mean that is taken as exact. */
  readonly values: ArrayLike<number>;
}

/** What two samples say, before it is judged. */
export interface Difference {
  readonly mean: number;
  readonly before: number;
  readonly change: number | undefined;
  readonly interval: readonly [number, number] | undefined;
  /** Relative change of the median of the values, which a few that stand out do not move. */
  readonly typicalChange: number | undefined;
  /** How probable so great a difference is by chance. NaN where there are too few values to say. */
  readonly pValue: number;
  /** Whether all values of both are one and the same. */
  readonly isIdentical: boolean;
}

/* Fewer tell too little of how much the values vary. */
export const FEWEST_VALUES = 8;

/* A smaller change of the mean is of no consequence, however sure it is. */
const RELEVANT_CHANGE = 0.05;
/* An interval within these bounds shows that nothing much has changed, rather than that too little is known. */
const SAME_WITHIN = 0.1;
const CONFIDENCE = 0.95;

/**
 * Compares a sample with the one before: by the Mann-Whitney test, which looks at ranks, and by an interval of the
 * relative change of the mean (delta method, on the logarithm of the ratio where both means are positive). Both take
 * into account that neighbours in time are alike: see {@link effectiveSize}. A few steps that stand out may leave
 * nothing to be said of the mean; ranks and medians then still tell whether the rest has moved.
 */
export function compare(current: Sample, before: Sample): Difference {
  const known = spread(current);
  const reference = spread(before);
  const isIdentical = known.isConstant && reference.isConstant && current.mean === before.mean;
  const isEnough =
    current.values.length >= FEWEST_VALUES &&
    (before.values.length >= FEWEST_VALUES || before.values.length === 0);
  return {
    mean: current.mean,
    before: before.mean,
    change: relativeChange(current.mean, before.mean),
    typicalChange: isEnough ? relativeChange(median(current.values), median(before.values)) : undefined,
    interval: isEnough ? changeInterval(current.mean, known, before.mean, reference) : undefined,
    pValue: isEnough ? pValueOf(current, known, before, reference) : Number.NaN,
    isIdentical,
  };
}

function relativeChange(now: number, before: number): number | undefined {
  const change = (now - before) / Math.abs(before);
  return Number.isFinite(change) ? change : undefined;
}

interface Spread {
  /** Of the mean, squared. */
  readonly variance: number;
  readonly effective: number;
  readonly isConstant: boolean;
}

function spread({ values }: Sample): Spread {
  const n = values.length;
  if (n === 0) return { variance: 0, effective: Number.POSITIVE_INFINITY, isConstant: true };
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] ?? Number.NaN) / n;
  let squares = 0;
  let isConstant = true;
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? Number.NaN;
    squares += (value - mean) ** 2;
    isConstant &&= value === values[0];
  }
  const effective = effectiveSize(values);
  return { variance: isConstant ? 0 : squares / (n - 1) / effective, effective, isConstant };
}

function changeInterval(
  mean: number,
  known: Spread,
  before: number,
  reference: Spread,
): readonly [number, number] | undefined {
  if (before === 0) return undefined;
  const ratio = mean / before;
  const isPositive = mean > 0 && before > 0;
  const own = known.variance / (isPositive ? mean : before) ** 2;
  const others = (reference.variance / before ** 2) * (isPositive ? 1 : ratio ** 2);
  // Welch and Satterthwaite: the degrees of freedom of a sum of two variances.
  const freedom =
    (own + others) ** 2 /
    (own ** 2 / Math.max(1, known.effective - 1) + others ** 2 / Math.max(1, reference.effective - 1));
  const reach =
    own + others === 0
      ? 0
      : studentQuantile((1 + CONFIDENCE) / 2, Number.isNaN(freedom) ? 1 : freedom) * Math.sqrt(own + others);
  const change = (mean - before) / Math.abs(before);
  const low = isPositive ? ratio * Math.exp(-reach) - 1 : change - reach;
  const high = isPositive ? ratio * Math.exp(reach) - 1 : change + reach;
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : undefined;
}

function pValueOf(current: Sample, known: Spread, before: Sample, reference: Spread): number {
  if (before.values.length === 0) {
    if (known.variance === 0) return current.mean === before.mean ? 1 : 0;
    return 2 * normalCdf(-Math.abs(current.mean - before.mean) / Math.sqrt(known.variance));
  }
  const { z, pValue, cliffsDelta } = mannWhitney(current.values, before.values);
  // Ranks that say the opposite of the means say nothing.
  if (cliffsDelta * (current.mean - before.mean) < 0) return 1;
  const inflation =
    (1 / known.effective + 1 / reference.effective) / (1 / current.values.length + 1 / before.values.length);
  return inflation <= 1 ? pValue : 2 * normalCdf(-Math.abs(z) / Math.sqrt(inflation));
}

/**
 * Says what a difference means.
 *
 * @param limit the largest p-value that counts, over all that is compared at once
 * @param reference what it is compared with: `the hour before`, `the baseline`
 */
export function judge(
  difference: Difference,
  limit: number,
  better: 'lower' | 'higher' | undefined,
  reference: string,
): Comparison {
  const { before, change } = difference;
  const judgement = judgementOf(difference, limit, better);
  const isJudged = judgement === 'better' || judgement === 'worse' || judgement === 'changed';
  // An interval of the mean that says nothing would contradict the ranks.
  const interval = isJudged && !excludesNone(difference.interval) ? undefined : difference.interval;
  return {
    mean: rounded(before),
    ...(change === undefined ? {} : { change: rounded(change) }),
    ...(interval === undefined ? {} : { interval: [rounded(interval[0]), rounded(interval[1])] }),
    judgement,
    message: messageOf({ ...difference, interval }, judgement, reference),
  };
}

function excludesNone(interval: Difference['interval']): boolean {
  return interval !== undefined && (interval[0] > 0 || interval[1] < 0);
}

function judgementOf(
  difference: Difference,
  limit: number,
  better: 'lower' | 'higher' | undefined,
): Comparison['judgement'] {
  const { mean, before, interval, pValue, isIdentical } = difference;
  if (Number.isNaN(pValue)) return 'unclear';
  if (isIdentical) return 'same';
  if (pValue <= limit && isRelevant(difference)) {
    if (better === undefined) return 'changed';
    return mean > before === (better === 'higher') ? 'better' : 'worse';
  }
  if (interval !== undefined && interval[0] >= -SAME_WITHIN && interval[1] <= SAME_WITHIN) return 'same';
  return 'unclear';
}

function isRelevant({ change, typicalChange, interval }: Difference): boolean {
  if (change === undefined) return true;
  if (Math.abs(change) < RELEVANT_CHANGE) return false;
  return excludesNone(interval) || (typicalChange ?? 0) * Math.sign(change) >= RELEVANT_CHANGE;
}

function messageOf(
  { change, typicalChange, interval, pValue }: Difference,
  judgement: Comparison['judgement'],
  reference: string,
): string {
  if (judgement === 'same') return `About the same as in ${reference}.`;
  const what = change === undefined ? `It was 0 in ${reference}` : changeAgainst(change, reference);
  if (Number.isNaN(pValue)) return `${what}, of too few values to tell it from chance.`;
  if (judgement === 'unclear') return `${what}, which may be chance.`;
  if (interval === undefined) {
    if (change === undefined || typicalChange === undefined) return `${what}.`;
    return `${what} (median of the steps: ${signedPercent(typicalChange)}).`;
  }
  return `${what} (95 % interval: ${signedPercent(interval[0])} to ${signedPercent(interval[1])}).`;
}
