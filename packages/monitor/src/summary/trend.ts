import { mannKendall, theilSen } from '@evenkeel/core';

/** Where a figure has been going within the window. */
export interface Trend {
  /** `steady` unless the Mann-Kendall test finds a trend with p < 0.05. */
  readonly direction: 'rising' | 'falling' | 'steady';
  /** Theil-Sen slope: the median of the slopes between all pairs of points. */
  readonly slopePerMinute: number;
  readonly pValue: number;
  readonly points: number;
}

/* With four points even a perfect trend has p > 0.05. */
const FEWEST_POINTS = 5;

/* The test compares all pairs; more points would cost more than they tell. */
const MOST_POINTS = 60;

/**
 * The trend of values over time; `null` for fewer than five.
 *
 * @param timesMs ascending
 * @see Mann 1945, Kendall 1975; Sen 1968
 */
export function trend(timesMs: readonly number[], values: readonly number[]): Trend | null {
  const times = thinned(timesMs);
  const kept = thinned(values);
  if (kept.length < FEWEST_POINTS) return null;
  const { pValue } = mannKendall(kept);
  const { slope } = theilSen(times, kept);
  const slopePerMinute = slope * 60_000;
  const significant = pValue < 0.05 && slope !== 0;
  return {
    direction: significant ? (slope > 0 ? 'rising' : 'falling') : 'steady',
    slopePerMinute,
    pValue,
    points: kept.length,
  };
}

function thinned(values: readonly number[]): number[] {
  if (values.length <= MOST_POINTS) return [...values];
  const step = (values.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, index) => values[Math.round(index * step)] ?? 0);
}
