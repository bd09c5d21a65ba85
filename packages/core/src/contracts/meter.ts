import type { Disposer } from './disposer.ts';

/** A value for each label of a metric. */
export type LabelValues<Label extends string> = Readonly<Record<Label, string | number | boolean>>;

/** What is said of a metric when it is defined. */
export interface MetricOptions<Label extends string> {
  /** One sentence for the reader of the metric. @defaultValue the name */
  readonly description?: string;
  /** Names of its labels. @defaultValue none */
  readonly labels?: readonly Label[];
}

/** What is said of a histogram when it is defined. */
export interface HistogramMetricOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, ascending, without `+Inf`. @defaultValue those for seconds, from 5 ms to 10 s */
  readonly buckets?: readonly number[];
}

/** A count that only grows. */
export interface BoundCounter {
  /** Adds `value`, which must not be negative. @defaultValue 1 */
  inc(value?: number): void;
}

/** A value that goes up and down. */
export interface BoundGauge {
  set(value: number): void;
  /** Adds `value`, which may be negative. */
  add(value: number): void;
}

/** A distribution. */
export interface BoundHistogram {
  observe(value: number): void;
}

/** Gives the series of one label set; keep it where the set is known, recording through it is fastest. */
export interface Labelled<Label extends string, Bound> {
  labels(values: LabelValues<Label>): Bound;
}

export type Counter<Label extends string = never> = BoundCounter & Labelled<Label, BoundCounter>;
export type Gauge<Label extends string = never> = BoundGauge & Labelled<Label, BoundGauge>;
export type Histogram<Label extends string = never> = BoundHistogram & Labelled<Label, BoundHistogram>;

/**
 * Where a package records its metrics. `MetricsCollector` of `@evenkeel/metrics-exporter` is one; without
 * one a package uses {@link noopMeter}. Asking twice for one name gives the same metric.
 */
export interface Meter {
  counter<Label extends string = never>(name: string, options?: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(name: string, options?: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(
    name: string,
    options?: HistogramMetricOptions<Label>,
  ): Histogram<Label>;
  /** Calls `refresh` before each export, to set gauges whose value is only looked up. It must not block. */
  onCollect(refresh: () => void): Disposer;
}

const noopInstrument = {
  inc(): void {},
  set(): void {},
  add(): void {},
  observe(): void {},
  labels() {
    return noopInstrument;
  },
};

/** Records nothing, for the price of a call. */
export const noopMeter: Meter = {
  counter: () => noopInstrument,
  gauge: () => noopInstrument,
  histogram: () => noopInstrument,
  onCollect: () => () => {},
};
