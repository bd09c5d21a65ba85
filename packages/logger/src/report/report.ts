import type { Area } from '../log-record.ts';

/*
 * The report as data. Whatever a format shows is in it: formats compute nothing, so that all show the same numbers.
 * Statistics are rounded to four significant digits when it is made; counts and times are whole. A number that is not
 * known is absent, never 0. Plain JSON: it survives `JSON.parse(JSON.stringify(report))` unchanged.
 */

export type Verdict = 'good' | 'warning' | 'critical' | 'unknown';

export interface PerformanceReport {
  /** Of this format. */
  readonly version: 1;
  readonly title: string;
  readonly timeRange: ReportRange;
  /** The period of the same length before, that this one is compared with; absent where nothing was recorded in it. */
  readonly previousRange?: ReportRange;
  readonly instances: readonly string[];
  readonly summary: ReportSummary;
  /** By area; only those with data. */
  readonly detailed: { readonly [A in Area]?: AreaReport };
  /** The most urgent first. */
  readonly recommendations: readonly ReportRecommendation[];
  /** Series that rise or fall beyond chance, the surest first. */
  readonly trends: readonly ReportTrend[];
  readonly anomalies: readonly ReportAnomaly[];
  readonly benchmarks: readonly BenchmarkReport[];
  readonly events: readonly EventReport[];
  /** Present usage, where it was asked for: name to value with its unit. */
  readonly resourceUsage?: readonly NamedValue[];
  /** What the reader has to know of the data: gaps, lost records, too few values. Plain sentences. */
  readonly notes: readonly string[];
}

export interface ReportRange {
  /** In ms since 1970; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
  /** `last hour`, `7 days`. */
  readonly label: string;
}

export interface ReportSummary {
  readonly verdict: Verdict;
  /** One sentence: the most important thing. */
  readonly headline: string;
  /** A few sentences in plain words, the most important first. */
  readonly sentences: readonly string[];
  /** The numbers to see first, at most six. */
  readonly keyFigures: readonly NamedValue[];
}

export interface NamedValue {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly verdict: Verdict;
}

export interface AreaReport {
  readonly area: Area;
  /** In words: `User experience`. */
  readonly title: string;
  readonly verdict: Verdict;
  /** One sentence. */
  readonly summary: string;
  readonly metrics: readonly MetricReport[];
}

export interface MetricReport {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly better?: 'lower' | 'higher';
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly verdict: Verdict;
  /** Why, where it is not `unknown`: `p95 of 240 ms is above the target of 200 ms`. */
  readonly reason?: string;
  readonly target?: number;
  /** Against the period before. */
  readonly previous?: Comparison;
  readonly baseline?: Comparison;
  /** For the chart: mean by step, ascending in time. A step without values is absent. */
  readonly points: readonly ReportPoint[];
}

export interface ReportPoint {
  readonly time: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface Comparison {
  /** The mean that it is compared with. */
  readonly mean: number;
  /** Relative change of the mean: 0.1 is 10 % more. Absent where the mean before is 0. */
  readonly change?: number;
  /** 95 % interval of the change. */
  readonly interval?: readonly [number, number];
  readonly judgement: 'better' | 'worse' | 'changed' | 'same' | 'unclear';
  /** In plain words. */
  readonly message: string;
}

export interface ReportTrend {
  readonly metric: string;
  readonly area: Area;
  readonly unit: string;
  readonly direction: 'rising' | 'falling';
  readonly judgement: 'better' | 'worse' | 'neutral';
  /** Units per hour (Theil-Sen). */
  readonly slopePerHour: number;
  /** 95 % interval of it. */
  readonly interval: readonly [number, number];
  /** 1 - p of Mann and Kendall's test, 0 to 1. */
  readonly confidence: number;
  readonly message: string;
}

export interface ReportAnomaly {
  readonly metric: string;
  readonly area: Area;
  readonly unit: string;
  readonly severity: 'info' | 'warning' | 'critical';
  /** In ms since 1970; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
  /** The farthest value of it. */
  readonly value: number;
  readonly expected: readonly [number, number];
  readonly message: string;
}

export interface ReportRecommendation {
  /** The same for the same advice. */
  readonly id: string;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  readonly area?: Area;
  /** What to do and why. */
  readonly message: string;
  /** Each a sentence with the numbers. */
  readonly evidence: readonly string[];
}

export interface BenchmarkReport {
  readonly id: string;
  readonly runs: number;
  readonly meanMs: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p95Ms: number;
  /** Of the runs. */
  readonly standardDeviationMs?: number;
  /** 95 % interval of the median. */
  readonly interval?: readonly [number, number];
  /** By label, in the order of the first run that has it. */
  readonly measurements: readonly {
    readonly label: string;
    readonly runs: number;
    readonly medianDeltaMs: number;
  }[];
  readonly previous?: Comparison;
}

export interface EventReport {
  readonly type: string;
  readonly count: number;
  readonly previousCount?: number;
  /** The last ones, oldest first: time and data as one line of JSON. */
  readonly samples: readonly { readonly time: number; readonly data: string }[];
}
