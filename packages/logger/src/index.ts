export type { BenchmarkStatistics } from './benchmark/benchmark-statistics.ts';
export type { BenchmarkResult, BenchmarkRun } from './benchmark/benchmarks.ts';
export {
  defineMetric,
  endBenchmark,
  generatePerformanceReport,
  initializePerformanceLogger,
  logPerformanceEvent,
  recordBenchmarkMeasurement,
  recordMetric,
  startBenchmark,
} from './default-logger.ts';
export {
  Drain,
  type DrainEvents,
  type DrainOptions,
  type DrainState,
  type DrainStatistics,
  type SinkOperation,
} from './drain/index.ts';
export type { DumpTarget } from './dump-target.ts';
export type {
  BenchmarkHistory,
  Bucket,
  EventHistory,
  History,
  HistoryQuery,
  HistorySlice,
  SeriesHistory,
  TimeRange,
} from './history/history.ts';
export { MemoryHistory, type MemoryHistoryOptions } from './history/memory-history.ts';
export {
  AREAS,
  type Area,
  type BenchmarkMeasurement,
  type BenchmarkRecord,
  type DefinitionRecord,
  type EventRecord,
  type JsonValue,
  type LogRecord,
  type MetricDefinition,
  type MetricRecord,
  type RecordData,
} from './log-record.ts';
export {
  type Dump,
  type DumpOptions,
  type LoggerSnapshot,
  PerformanceLogger,
  type PerformanceLoggerEvents,
  type ReportOptions,
} from './performance-logger.ts';
export type { PerformanceLoggerOptions, ReportSettings } from './performance-logger-options.ts';
export { type MetricOptions, PREDEFINED_METRICS } from './predefined-metrics.ts';
export {
  type EventFields,
  type EventHandle,
  type EventValues,
  type FieldKind,
  FlightRecorder,
  type FlightRecorderOptions,
  type FlightRecorderStatistics,
  type MetricDescription,
  type MetricHandle,
  type RecentQuery,
  type RecordBatch,
  type RecordReader,
} from './recording/index.ts';
export type { ReportDelivery, ReportMessage } from './report/delivery.ts';
export { exportReport, REPORT_FORMATS, type ReportFormat } from './report/export-report.ts';
export { parseReport } from './report/formats/index.ts';
export { PerformanceReporter } from './report/performance-reporter.ts';
export type * from './report/report.ts';
export type { ReportContent } from './report/report-content.ts';
export { type Baselines, baselinesOf, type MetricBaseline } from './report/report-input.ts';
export type { ReporterEvents } from './report/reporter-events.ts';
export type { PerformanceReporterOptions } from './report/reporter-options.ts';
export type { ReporterSnapshot } from './report/reporter-snapshot.ts';
export type { ReportTimeRange } from './report/time-range.ts';
export { type Sink, UnwritableError } from './sink.ts';
