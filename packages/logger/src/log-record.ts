/*
 * What is written down: the rows of the ring, the lines of a file, the rows of a database. Version 1 of the format;
 * a field may be added to it, none is taken away or given another meaning.
 */

/** Values that survive JSON unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Named values beside a record. */
export type RecordData = Readonly<Record<string, JsonValue>>;

/** Something that happened. */
export interface EventRecord {
  readonly kind: 'event';
  /** When, in ms since 1970. */
  readonly time: number;
  readonly type: string;
  readonly data: RecordData;
}

/** A measured value. */
export interface MetricRecord {
  readonly kind: 'metric';
  readonly time: number;
  readonly name: string;
  /** Finite, in the unit of the metric's definition. */
  readonly value: number;
  readonly context?: RecordData;
}

/** One run of a benchmark that has ended. */
export interface BenchmarkRecord {
  readonly kind: 'benchmark';
  /** When it ended, in ms since 1970. */
  readonly time: number;
  readonly id: string;
  readonly durationMs: number;
  /** In the order in which they were made. */
  readonly measurements: readonly BenchmarkMeasurement[];
  readonly context?: RecordData;
}

export interface BenchmarkMeasurement {
  readonly label: string;
  /** Since the start of the run. */
  readonly elapsedMs: number;
  /** Since the measurement before, or the start. */
  readonly deltaMs: number;
}

/** What is known of a metric. It stands before the metric's first value in everything that is written. */
export interface DefinitionRecord extends MetricDefinition {
  readonly kind: 'definition';
  readonly time: number;
}

export interface MetricDefinition {
  readonly name: string;
  /** As the reader is to see it: `ms`, `%`, `MB`, `fps`, `requests/s`; empty for plain numbers. */
  readonly unit: string;
  readonly description: string;
  /** Where reports show it. */
  readonly area: Area;
  /** Which way is good; `undefined` where neither is. */
  readonly better?: 'lower' | 'higher' | undefined;
  /** What it is to reach, in its unit; reports say where it is missed. */
  readonly target?: number | undefined;
}

/** The chapters of a report, in its order. */
export const AREAS = [
  'wasm',
  'memory',
  'cpu',
  'rendering',
  'network',
  'userExperience',
  'http',
  'database',
  'cache',
  'application',
] as const;

export type Area = (typeof AREAS)[number];

export type LogRecord = EventRecord | MetricRecord | BenchmarkRecord | DefinitionRecord;
