export type { EventHandle } from './event-handle.ts';
export type { EventFields, EventValues, FieldKind } from './field-kind.ts';
export {
  FlightRecorder,
  type FlightRecorderOptions,
  type FlightRecorderStatistics,
  type RecentQuery,
} from './flight-recorder.ts';
export type { MetricHandle } from './metric-handle.ts';
export type { MetricDescription } from './read-metric-definition.ts';
export type { RecordBatch, RecordReader } from './record-reader.ts';
