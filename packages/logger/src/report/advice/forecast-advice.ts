import { findTrend } from '../analysis/trend.ts';
import type { ReportRecommendation } from '../report.ts';
import type { FoundTrend } from '../trend-reports.ts';
import { figure, roughly, shortName } from '../words.ts';
import { adviceId, type Findings } from './advice.ts';
import { evidenceOf } from './metric-advice.ts';

const HOUR_MS = 3_600_000;

/* A trend says something of a time as long as the one it was seen in, and not of four times that. */
const FARTHEST_RANGES = 4;
const NEAR_RANGES = 1;

/** When a line meets what it must not pass. */
interface Forecast {
  readonly limit: number;
  readonly inMs: number;
  /** By the ends of the slope's interval; `latestMs` is infinite where it may never happen. */
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** Advice on what will be full, or miss its target, if it goes on like this; and on memory that is not given back. */
export function forecastAdvice(findings: Findings): ReportRecommendation[] {
  const { from, to } = findings.current.range;
  return findings.trends.flatMap((trend) => {
    const forecast = forecastOf(trend, (to - from) * FARTHEST_RANGES);
    if (isLeak(trend)) return [leakAdvice(trend, forecast, findings)];
    return forecast ? [saturationAdvice(trend, forecast, findings)] : [];
  });
}

/** Percentages that are not better high run into 100, the others into the target that they still reach. */
function forecastOf({ metric, line }: FoundTrend, farthestMs: number): Forecast | undefined {
  const { unit, better, target } = metric.series.definition;
  const isRising = line.slope > 0;
  if (better !== undefined && isRising === (better === 'higher')) return undefined;
  const limit =
    unit === '%' && isRising ? 100 : better === undefined || metric.missed > 0 ? undefined : target;
  if (limit === undefined) return undefined;
  const distance = limit - line.level;
  // It is there already, or on its way back.
  if (distance === 0 || distance > 0 !== isRising) return undefined;
  const after = (slope: number): number =>
    distance / slope > 0 ? (distance / slope) * HOUR_MS : Number.POSITIVE_INFINITY;
  const inMs = after(line.slope);
  if (!(inMs <= farthestMs)) return undefined;
  const bounds = line.interval.map(after);
  return { limit, inMs, earliestMs: Math.min(...bounds), latestMs: Math.max(...bounds) };
}

function saturationAdvice(trend: FoundTrend, forecast: Forecast, findings: Findings): ReportRecommendation {
  const { name, area, unit } = trend.metric.series.definition;
  const { from, to } = findings.current.range;
  const isFull = unit === '%' && forecast.limit === 100;
  const what = isFull
    ? `reaches ${figure(100, unit)}`
    : `misses its target of ${figure(forecast.limit, unit)}`;
  return {
    id: adviceId('saturation', name),
    priority: isFull && forecast.inMs <= (to - from) * NEAR_RANGES ? 'high' : 'medium',
    area,
    message: `Act before ${shortName(name)} ${what}: in ${about(forecast)}, if it goes on like this.`,
    evidence: evidenceOf(trend.metric, findings),
  };
}

/** Memory that grows, and whose lowest values grow too: what a collector could free was freed. */
function isLeak({ metric, line }: FoundTrend): boolean {
  const { series } = metric;
  if (series.definition.area !== 'memory' || series.definition.better === 'higher' || line.slope <= 0)
    return false;
  const floor = findTrend(
    series,
    Float64Array.from(series.steps, (step) => step.min),
  );
  return floor.line !== undefined && floor.line.slope > 0;
}

function leakAdvice(
  trend: FoundTrend,
  forecast: Forecast | undefined,
  findings: Findings,
): ReportRecommendation {
  const { name, area, unit } = trend.metric.series.definition;
  const growth = `${figure(trend.line.slope, unit)} an hour`;
  const end = forecast ? ` It reaches ${figure(forecast.limit, unit)} in ${about(forecast)}.` : '';
  return {
    id: adviceId('leak', name),
    priority: 'high',
    area,
    message: `Look for a memory leak: ${shortName(name)} grows by ${growth}, and so do its lowest values.${end}`,
    evidence: evidenceOf(trend.metric, findings),
  };
}

function about({ inMs, earliestMs, latestMs }: Forecast): string {
  const [middle, earliest, latest] = [inMs, earliestMs, latestMs].map((ms) =>
    Number.isFinite(ms) ? roughly(ms) : 'much later',
  );
  if (earliest === latest) return `about ${middle}`;
  return `about ${middle} (${earliest} to ${latest})`;
}
