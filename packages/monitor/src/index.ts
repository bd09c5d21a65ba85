export type { Collector, CollectorFailure, CollectorStatus, MetricSnapshot } from './collectors/collector.ts';
export type {
  CpuReading,
  EventLoopReading,
  GcKindReading,
  GcReading,
  GpuDeviceReading,
  GpuReading,
  MemoryReading,
  ProcessReading,
} from './collectors/readings.ts';
export type { PerformanceMonitorOptions } from './monitor-options.ts';
export type { OverheadSummary } from './overhead/overhead-meter.ts';
export {
  type MonitorSnapshot,
  PerformanceMonitor,
  type PerformanceMonitorEvents,
} from './performance-monitor.ts';
export type { DurationStatistics } from './requests/duration-window.ts';
export { OVERFLOW_NAME } from './requests/named-durations.ts';
export type { RecordedRequest, RequestContext } from './requests/request-context.ts';
export type {
  EndpointSummary,
  Figures,
  Losses,
  OperationSummary,
  PerformanceSummary,
  RequestTotals,
} from './summary/performance-summary.ts';
export type {
  CpuSummary,
  EventLoopSummary,
  GcSummary,
  MemorySummary,
  ResourceSummary,
} from './summary/resources.ts';
export type { ScorePart } from './summary/score.ts';
export type { Trend } from './summary/trend.ts';
export type { Threshold } from './thresholds/threshold.ts';
export { SUMMARY_PATHS, type SummaryPath } from './thresholds/threshold-path.ts';
export type { ResolvedAlert } from './thresholds/threshold-watch.ts';
export type { Timer, TimerEnded } from './timers/timer.ts';
