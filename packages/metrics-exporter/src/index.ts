export type {
  BoundGauge,
  BoundSummary,
  BoundTimer,
  BucketOptions,
  CounterInstrument,
  GaugeInstrument,
  HistogramInstrument,
  InstrumentByType,
  Labelled,
  LabelValue,
  MetricOptions,
  MetricType,
  OptionsByType,
  QuantileOptions,
  SummaryInstrument,
  TimerInstrument,
} from './engine/instruments.ts';
export type { ExportFormat } from './formats/export-format.ts';
export { MetricsCollector, type MetricsCollectorOptions } from './metrics-collector.ts';
export type { MetricRecordedEvent, MetricsEvents } from './metrics-events.ts';
export type { CollectorState } from './self-assessment.ts';
export type {
  BucketReading,
  HistogramReading,
  MetricSnapshot,
  MetricsSnapshot,
  SeriesLabels,
  SummaryReading,
  ValueReading,
} from './snapshot.ts';
