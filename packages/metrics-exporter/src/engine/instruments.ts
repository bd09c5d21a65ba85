import type {
  BoundCounter,
  BoundHistogram,
  BoundGauge as CoreBoundGauge,
  MetricOptions as CoreMetricOptions,
  LabelValues,
} from '@evenkeel/core';

/** The kinds of metric. A timer is a histogram that is fed milliseconds and exported in seconds. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'timer';

/** What a label's value may be; numbers and booleans are the same as their text. */
export type LabelValue = string | number | boolean;

/** What may be said of any metric when it is defined. What is left out when a metric is asked for again is not compared. */
export interface MetricOptions<Label extends string = string> extends CoreMetricOptions<Label> {
  /**
   * Base unit of the values, such as `'seconds'`, `'bytes'` or `'ratio'`; the exported name ends with it. A
   * timer's is always seconds.
   *
   * @defaultValue none
   */
  readonly unit?: string;
  /** Label sets kept; what comes after falls into one overflow series. @defaultValue the collector's `maxSeries` */
  readonly maxSeries?: number;
}

/** What may be said of a histogram or a timer. */
export interface BucketOptions<Label extends string = string> extends MetricOptions<Label> {
  /**
   * Finite, distinct upper bounds (inclusive) without `+Inf`, in any order: in the unit of the histogram, and
   * in milliseconds for a timer.
   *
   * @defaultValue the collector's `defaultBuckets`
   */
  readonly buckets?: readonly number[];
}

/** What may be said of a summary. */
export interface QuantileOptions<Label extends string = string> extends MetricOptions<Label> {
  /** Distinct quantiles from 0 to 1; an empty list leaves count and sum. @defaultValue [0.5, 0.9, 0.99] */
  readonly quantiles?: readonly number[];
}

/** The options of each kind of metric. */
export interface OptionsByType<Label extends string = string> {
  readonly counter: MetricOptions<Label>;
  readonly gauge: MetricOptions<Label>;
  readonly histogram: BucketOptions<Label>;
  readonly summary: QuantileOptions<Label>;
  readonly timer: BucketOptions<Label>;
}

/** A gauge's one series. `NaN` and the infinities may be set, but not added. */
export interface BoundGauge extends CoreBoundGauge {
  /** Adds `value`. @defaultValue 1 */
  inc(value?: number): void;
  /** Subtracts `value`. @defaultValue 1 */
  dec(value?: number): void;
}

/** A summary's one series. */
export interface BoundSummary {
  observe(value: number): void;
}

/** A timer's one series. */
export interface BoundTimer {
  /** Records a duration in milliseconds. */
  observe(ms: number): void;
  /**
   * Starts to measure. The function returned records the time since, and returns it in milliseconds; called
   * again it records nothing and returns the same.
   */
  startTimer(): () => number;
}

/**
 * Gives the series of one label set. Keep it where the set is known: recording through it is fastest. It
 * never throws: a label set that does not fit the metric is reported and gets a series that is not exported.
 */
export interface Labelled<Label extends string, Bound> {
  labels(values: LabelValues<Label>): Bound;
  /** The same with the values alone, in the order in which the labels were declared. */
  labelValues(...values: readonly LabelValue[]): Bound;
}

export interface CounterInstrument<Label extends string = never> extends Labelled<Label, BoundCounter> {
  /** Adds `value`, a finite number of at least 0. @defaultValue 1 */
  inc(value?: number, labels?: LabelValues<Label>): void;
}

export interface GaugeInstrument<Label extends string = never> extends Labelled<Label, BoundGauge> {
  /** Any number, `NaN` and the infinities included. */
  set(value: number, labels?: LabelValues<Label>): void;
  /** Adds a finite number. */
  add(value: number, labels?: LabelValues<Label>): void;
  /** Adds a finite number. @defaultValue 1 */
  inc(value?: number, labels?: LabelValues<Label>): void;
  /** Subtracts a finite number. @defaultValue 1 */
  dec(value?: number, labels?: LabelValues<Label>): void;
}

export interface HistogramInstrument<Label extends string = never> extends Labelled<Label, BoundHistogram> {
  /** Records a finite number. */
  observe(value: number, labels?: LabelValues<Label>): void;
}

export interface SummaryInstrument<Label extends string = never> extends Labelled<Label, BoundSummary> {
  /** Records a finite number. */
  observe(value: number, labels?: LabelValues<Label>): void;
}

export interface TimerInstrument<Label extends string = never> extends Labelled<Label, BoundTimer> {
  /** Records a duration in milliseconds. */
  observe(ms: number, labels?: LabelValues<Label>): void;
  /**
   * Starts to measure. The function returned records the time since, and returns it in milliseconds; called
   * again it records nothing and returns the same. Labels known only at the end are given to it.
   */
  startTimer(labels?: Partial<LabelValues<Label>>): (labels?: Partial<LabelValues<Label>>) => number;
}

/** The instrument of each kind of metric. */
export interface InstrumentByType<Label extends string = never> {
  readonly counter: CounterInstrument<Label>;
  readonly gauge: GaugeInstrument<Label>;
  readonly histogram: HistogramInstrument<Label>;
  readonly summary: SummaryInstrument<Label>;
  readonly timer: TimerInstrument<Label>;
}
