import type { QuantileSketch } from '@evenkeel/core/statistics';
import type { BenchmarkRecord, EventRecord, MetricDefinition } from '../log-record.ts';

/** In ms since 1970; `from` is part of it, `to` is not. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What is left of the values of one series in one step of time. */
export interface Bucket {
  /** Start of the step, in ms since 1970. */
  readonly time: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** One metric over a range, of all instances together. */
export interface SeriesHistory {
  readonly definition: MetricDefinition;
  /** Ascending in time; steps without a value are left out. */
  readonly buckets: readonly Bucket[];
  /** All values of the range. */
  readonly sketch: QuantileSketch;
  /** The instances that have measured it, in order. */
  readonly instances: readonly string[];
}

/** Events of one type over a range. */
export interface EventHistory {
  readonly type: string;
  readonly count: number;
  readonly buckets: readonly { readonly time: number; readonly count: number }[];
  /** The last ones, oldest first; at most {@link MAX_SAMPLES}. */
  readonly samples: readonly EventRecord[];
}

/* As many as a reader looks at. */
export const MAX_SAMPLES = 20;

/* Enough for any statistic of them. */
export const MAX_RUNS = 1000;

/** Runs of one benchmark over a range. */
export interface BenchmarkHistory {
  readonly id: string;
  /** All runs, oldest first; at most the newest {@link MAX_RUNS}. */
  readonly runs: readonly BenchmarkRecord[];
  /** How many there were. */
  readonly count: number;
}

/** What is known of a range of time: all that a report is made of. Ordered by name, so that the same data reads the same. */
export interface HistorySlice {
  readonly range: TimeRange;
  /** Length of the buckets' steps, which begin at multiples of it since 1970. */
  readonly stepMs: number;
  readonly series: readonly SeriesHistory[];
  readonly events: readonly EventHistory[];
  readonly benchmarks: readonly BenchmarkHistory[];
  /** All that have written in the range. */
  readonly instances: readonly string[];
  /** Records of the range that were lost before they came here, as far as it is known. */
  readonly lost: number;
}

export interface HistoryQuery {
  readonly range: TimeRange;
  /** Steps to split the range into, about: a history rounds to what it keeps. */
  readonly steps: number;
  /** @defaultValue all */
  readonly include?: { readonly events?: boolean; readonly benchmarks?: boolean };
}

/** Reads what was written. */
export interface History {
  read(query: HistoryQuery, signal?: AbortSignal): Promise<HistorySlice>;
}
