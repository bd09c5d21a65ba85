export type { Alert, Severity } from './alert.ts';
export type { ComponentHealth, ComponentState, HealthStatus, ManagedComponent } from './component.ts';
export type { Disposer } from './disposer.ts';
export { type EventSink, noopEventSink } from './event-sink.ts';
export {
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramMetricOptions,
  type Labelled,
  type LabelValues,
  type Meter,
  type MetricOptions,
  noopMeter,
} from './meter.ts';
export type { Queryable, QueryResult } from './queryable.ts';
export type { Action, Priority, Recommendation } from './recommendation.ts';
export type { EnumeratedTunable, NumericTunable, Tunable } from './tunable.ts';
