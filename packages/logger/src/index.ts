export type { History, HistoryQuery, HistorySlice, TimeRange } from './history/history.ts';
export type { LogRecord, MetricDefinition } from './log-record.ts';
export type { ReportDelivery, ReportMessage } from './report/delivery.ts';
export type { PerformanceReport } from './report/report.ts';
export type { Sink } from './sink.ts';
