import type { MetricType } from './engine/instruments.ts';
import type { AnyFamily } from './engine/registry.ts';
import type { Series } from './engine/series.ts';

/** Labels and their values. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** One series of a counter or gauge. */
export interface ValueReading {
  readonly labels: SeriesLabels;
  readonly value: number;
}

/** Observations up to a bound, those of the buckets below included. */
export interface BucketReading {
  /** Upper bound, inclusive; the last is `Infinity`. */
  readonly le: number;
  readonly count: number;
}

/** One series of a histogram or timer. */
export interface HistogramReading {
  readonly labels: SeriesLabels;
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly BucketReading[];
}

/** One series of a summary. */
export interface SummaryReading {
  readonly labels: SeriesLabels;
  readonly count: number;
  readonly sum: number;
  /** The values are `NaN` before the first observation. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

interface MetricReading<Type extends MetricType, Reading> {
  /** As it was defined. */
  readonly name: string;
  /** As the text formats have it: with its unit, and `_total` for a counter. */
  readonly exportedName: string;
  readonly type: Type;
  readonly description: string;
  readonly unit?: string;
  readonly labelNames: readonly string[];
  readonly series: readonly Reading[];
}

/** One metric with all its series; values are in base units, so those of timers in seconds. */
export type MetricSnapshot =
  | MetricReading<'counter' | 'gauge', ValueReading>
  | MetricReading<'histogram' | 'timer', HistogramReading>
  | MetricReading<'summary', SummaryReading>;

/** All metrics at one time. */
export interface MetricsSnapshot {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly metrics: readonly MetricSnapshot[];
}

export function readSnapshot(families: Iterable<AnyFamily>, timestamp: number): MetricsSnapshot {
  return { timestamp, metrics: Array.from(families, readFamily) };
}

function readFamily(family: AnyFamily): MetricSnapshot {
  const { name, exportedName, description, unit, labels: labelNames, buckets, quantiles } = family.schema;
  const about = { name, exportedName, description, ...(unit !== undefined && { unit }), labelNames };
  switch (family.type) {
    case 'counter':
    case 'gauge':
      return {
        ...about,
        type: family.type,
        series: family.series.map((series) => ({
          labels: labelsOf(labelNames, series),
          value: series.value,
        })),
      };
    case 'histogram':
    case 'timer':
      return {
        ...about,
        type: family.type,
        series: family.series.map((series) => {
          const counts = series.cumulative();
          return {
            labels: labelsOf(labelNames, series),
            count: counts.at(-1) ?? 0,
            sum: series.sum,
            buckets: counts.map((count, index) => ({ le: buckets[index] ?? Infinity, count })),
          };
        }),
      };
    case 'summary':
      return {
        ...about,
        type: family.type,
        series: family.series.map((series) => ({
          labels: labelsOf(labelNames, series),
          count: series.count,
          sum: series.sum,
          quantiles: quantiles.map((quantile) => ({ quantile, value: series.quantile(quantile) })),
        })),
      };
  }
}

export function labelsOf(names: readonly string[], { values }: Series): SeriesLabels {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}
