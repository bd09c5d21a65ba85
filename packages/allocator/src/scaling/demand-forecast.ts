import { mannKendall, quantile, theilSen } from '@evenkeel/core';

/** Demand at one time. */
export interface DemandPoint {
  readonly timeMs: number;
  readonly demand: number;
}

/** Where demand is going. */
export interface DemandTrend {
  /** `steady` unless the Mann-Kendall test finds a trend with p < 0.05. */
  readonly direction: 'rising' | 'falling' | 'steady';
  /** Theil-Sen slope. */
  readonly perMinute: number;
  readonly pValue: number;
}

export interface DemandForecast {
  /** Demand of the present, with its peaks. */
  readonly now: number;
  /** Demand at the horizon, with its peaks. */
  readonly forecast: number;
  readonly trend: DemandTrend;
}

/* The present is the last minute, or the last few samples where they are further apart. */
const PRESENT_MS = 60_000;
const PRESENT_SAMPLES = 6;

/* Replicas are for the peaks, but not for each of them. */
const PEAK_QUANTILE = 0.9;

/* Neighbouring samples resemble each other, which the test takes for a trend: means of so many groups do less. */
const GROUPS = 20;

/* With fewer points even a perfect trend is not significant, or hardly. */
const FEWEST_GROUPS = 8;

const SIGNIFICANT = 0.05;

/**
 * Demand now and at the horizon: the present's high quantile where there is no trend; else the trend's line, with
 * what the peaks rise above it. It looks no further ahead than back.
 *
 * @param points in the order of time; at least one
 */
export function forecastDemand(points: readonly DemandPoint[], horizonMs: number): DemandForecast {
  const endMs = points.at(-1)?.timeMs ?? 0;
  const recent = points.filter(
    ({ timeMs }, index) => timeMs > endMs - PRESENT_MS || index >= points.length - PRESENT_SAMPLES,
  );
  const now = quantile(demandsOf(recent), PEAK_QUANTILE);
  const groups = grouped(points);
  const trend = trendOf(groups);
  if (trend.direction === 'steady') return { now, forecast: now, trend };
  const perMs = trend.perMinute / 60_000;
  const { center } = theilSen(
    groups.map(({ timeMs }) => timeMs),
    demandsOf(groups),
  );
  const lineAt = (timeMs: number) => center.y + perMs * (timeMs - center.x);
  const above = quantile(
    points.map(({ timeMs, demand }) => demand - lineAt(timeMs)),
    PEAK_QUANTILE,
  );
  const spanMs = endMs - (points[0]?.timeMs ?? endMs);
  const aheadMs = Math.min(horizonMs, spanMs);
  return { now, forecast: Math.max(0, lineAt(endMs + aheadMs) + above), trend };
}

function trendOf(groups: readonly DemandPoint[]): DemandTrend {
  const demands = demandsOf(groups);
  if (groups.length < FEWEST_GROUPS) return { direction: 'steady', perMinute: 0, pValue: 1 };
  const { pValue } = mannKendall(demands);
  const { slope } = theilSen(
    groups.map(({ timeMs }) => timeMs),
    demands,
  );
  const isTrend = pValue < SIGNIFICANT && slope !== 0;
  const rising = slope > 0 ? 'rising' : 'falling';
  return { direction: isTrend ? rising : 'steady', perMinute: slope * 60_000, pValue };
}

/** Means of neighbouring points, in at most {@link GROUPS} groups. */
function grouped(points: readonly DemandPoint[]): DemandPoint[] {
  const size = Math.max(1, Math.ceil(points.length / GROUPS));
  const groups: DemandPoint[] = [];
  // From the end: an incomplete group is the oldest.
  for (let end = points.length; end > 0; end -= size) {
    const group = points.slice(Math.max(0, end - size), end);
    groups.unshift({ timeMs: mean(group.map(({ timeMs }) => timeMs)), demand: mean(demandsOf(group)) });
  }
  return groups;
}

function demandsOf(points: readonly DemandPoint[]): number[] {
  return points.map(({ demand }) => demand);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
