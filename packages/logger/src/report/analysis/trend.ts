import {
  MAD_NORMAL_SCALE,
  mannKendall,
  median,
  medianAbsoluteDeviation,
  normalCdf,
  theilSen,
} from '@evenkeel/core/statistics';
import { effectiveSize } from './effective-size.ts';
import type { SeriesValues } from './series-values.ts';

/** A straight line through the steps of a series. */
export interface TrendLine {
  /** Units per hour. */
  readonly slope: number;
  readonly interval: readonly [number, number];
  /** Where the line stands in the middle of the last step. */
  readonly level: number;
  /** By how much the line rises over the steps, negative where it falls. */
  readonly total: number;
}

export interface TrendTest {
  readonly pValue: number;
  /** Absent where it is no trend: chance may well have done it, or it is too little to matter. */
  readonly line?: TrendLine;
}

/* The normal approximation of the test is good from about eight values on; and of few, many a row rises by chance. */
const FEWEST_STEPS = 10;

const HOUR_MS = 3_600_000;
/* Beyond it no correction can make a trend. */
const LARGEST_P = 0.05;
/* Of the level, over the whole range; or of the spread about the line. Less is of no consequence. */
const RELEVANT_RISE = 0.05;
const RELEVANT_SPREADS = 1;

/**
 * Whether the steps' values rise or fall: by the Mann-Kendall test, with the variance corrected for neighbours that are
 * alike (S. Yue and C. Y. Wang, "The Mann-Kendall Test Modified by Effective Sample Size to Detect Trend in Serially
 * Correlated Hydrological Series", Water Resources Management 18, 2004), and by how much: by Theil and Sen.
 */
export function findTrend({ steps, means, stepMs }: SeriesValues, values = means): TrendTest {
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last || steps.length < FEWEST_STEPS) return { pValue: Number.NaN };
  const { z, pValue } = mannKendall(values);
  if (!(pValue <= LARGEST_P)) return { pValue };
  const hours = Float64Array.from(steps, ({ time }) => (time - first.time) / HOUR_MS);
  const { slope, center, slopeInterval } = theilSen(hours, values);
  const lineAt = (hour: number): number => center.y + slope * (hour - center.x);
  const residuals = values.map((value, index) => value - lineAt(hours[index] ?? 0));
  const inflation = Math.max(1, values.length / effectiveSize(residuals, 2));
  const corrected = 2 * normalCdf(-Math.abs(z) / Math.sqrt(inflation));
  const widening = Math.sqrt(inflation);
  const low = slope - (slope - slopeInterval.low) * widening;
  const high = slope + (slopeInterval.high - slope) * widening;
  const endHour = (last.time - first.time + stepMs / 2) / HOUR_MS;
  const total = slope * endHour;
  const isSure = low > 0 || high < 0;
  const isUsable = [slope, low, high, total, lineAt(endHour)].every(Number.isFinite);
  if (!isSure || !isUsable || !isRelevant(total, values, residuals)) return { pValue: corrected };
  return { pValue: corrected, line: { slope, interval: [low, high], level: lineAt(endHour), total } };
}

function isRelevant(total: number, values: Float64Array, residuals: Float64Array): boolean {
  const spread = medianAbsoluteDeviation(residuals, { scale: MAD_NORMAL_SCALE });
  return (
    Math.abs(total) >= RELEVANT_RISE * Math.abs(median(values)) &&
    Math.abs(total) >= RELEVANT_SPREADS * spread
  );
}
