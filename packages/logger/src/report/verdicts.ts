import type { MetricDefinition } from '../log-record.ts';
import type { Comparison, Verdict } from './report.ts';
import { asClause, figure } from './words.ts';

/** The gravest first. */
export const VERDICT_RANK: Readonly<Record<Verdict, number>> = {
  critical: 0,
  warning: 1,
  good: 2,
  unknown: 3,
};

/** The gravest of several; `unknown` where there is none. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>(
    (worst, each) => (VERDICT_RANK[each] < VERDICT_RANK[worst] ? each : worst),
    'unknown',
  );
}

/** How a metric did. */
export interface Judged {
  readonly verdict: Verdict;
  readonly reason?: string;
  /** How far the target is missed, as a share of the way to critical; 0 where it is reached or there is none. */
  readonly missed: number;
}

export interface Judgeable {
  readonly definition: MetricDefinition;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly previous: Comparison | undefined;
  readonly baseline: Comparison | undefined;
}

/* Fewer values make no critical finding: their p95 is their maximum. */
const FEWEST_FOR_CRITICAL = 20;

/**
 * Judges a metric that is better lower or higher. Where it has a target, by that alone: the 95th percentile of what is
 * better lower, the median of what is better higher. Else by the period before and the baseline.
 */
export function judgeMetric(metric: Judgeable): Judged {
  const { better, target } = metric.definition;
  if (better === undefined) return { verdict: 'unknown', missed: 0 };
  if (target !== undefined && Number.isFinite(target)) return judgeTarget(metric, better, target);
  const worse = [metric.baseline, metric.previous].find((each) => each?.judgement === 'worse');
  if (worse) return { verdict: 'warning', reason: asClause(worse.message), missed: 0 };
  const fine = [metric.previous, metric.baseline].find(
    (each) => each?.judgement === 'better' || each?.judgement === 'same',
  );
  return fine
    ? { verdict: 'good', reason: asClause(fine.message), missed: 0 }
    : { verdict: 'unknown', missed: 0 };
}

function judgeTarget(metric: Judgeable, better: 'lower' | 'higher', target: number): Judged {
  const { unit } = metric.definition;
  const isLower = better === 'lower';
  const value = isLower ? metric.p95 : metric.p50;
  const what = `${isLower ? 'p95' : 'median'} of ${figure(value, unit)}`;
  const distance = isLower ? value - target : target - value;
  if (distance <= 0) {
    const where = distance === 0 ? 'at' : isLower ? 'below' : 'above';
    return {
      verdict: 'good',
      reason: `${what} is ${where} the target of ${figure(target, unit)}`,
      missed: 0,
    };
  }
  // Never 0 where it is missed, and a number to sort by.
  const share = distance / distanceToCritical(target, isLower, unit);
  const missed = Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, share));
  const verdict = missed >= 1 && metric.count >= FEWEST_FOR_CRITICAL ? 'critical' : 'warning';
  const side = isLower ? 'above' : 'below';
  return { verdict, reason: `${what} is ${side} the target of ${figure(target, unit)}`, missed };
}

/*
 * Half as much again as the target is critical, or two thirds of it where more is better. A percentage has no room for
 * that: there it is half of what is left to 100 %. A target of 0 knows no such proportion.
 */
function distanceToCritical(target: number, isLower: boolean, unit: string): number {
  if (target === 0) return Number.POSITIVE_INFINITY;
  if (!isLower) return Math.abs(target) / 3;
  const half = Math.abs(target) / 2;
  return unit === '%' && target < 100 ? Math.min(half, (100 - target) / 2) : half;
}
