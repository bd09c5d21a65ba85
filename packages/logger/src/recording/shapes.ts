import type { BenchmarkRecord, JsonValue, LogRecord, MetricDefinition, RecordData } from '../log-record.ts';
import type { EventFields } from './field-kind.ts';
import type { Cells, Cursor, Ring } from './ring.ts';

/** How the cells of a record become what is written. */
export interface Shape extends Cells {
  /** What is known of the metric, for shapes of metrics. */
  readonly metric?: { readonly definition: MetricDefinition };
  read(ring: Ring<Shape>, at: Readonly<Cursor>): LogRecord;
}

/** An event with free-form data. References: its type, its data. */
export const FREE_EVENT: Shape = {
  numbers: 0,
  references: 2,
  read: (ring, at) => ({
    kind: 'event',
    time: ring.timeAt(at.sequence),
    type: referenceAt<string>(ring, at, 0),
    data: referenceAt<RecordData>(ring, at, 1),
  }),
};

/** A run of a benchmark. References: the record but for its time. */
export const BENCHMARK: Shape = {
  numbers: 0,
  references: 1,
  read: (ring, at) => ({
    ...referenceAt<Omit<BenchmarkRecord, 'time'>>(ring, at, 0),
    time: ring.timeAt(at.sequence),
  }),
};

/** A value of a metric. Numbers: the value. References: its context, if it has one. */
export function metricShape(metric: { readonly definition: MetricDefinition }, hasContext: boolean): Shape {
  return {
    numbers: 1,
    references: hasContext ? 1 : 0,
    metric,
    read: (ring, at) => ({
      kind: 'metric',
      time: ring.timeAt(at.sequence),
      name: metric.definition.name,
      value: numberAt(ring, at, 0),
      ...(hasContext && { context: referenceAt<RecordData>(ring, at, 0) }),
    }),
  };
}

/** A defined event. Numbers and references: its fields, in their order. */
export function eventShape(type: string, fields: EventFields): Shape {
  const entries = Object.entries(fields);
  const references = entries.filter(([, kind]) => kind === 'text').length;
  return {
    numbers: entries.length - references,
    references,
    read(ring, at) {
      const data: Record<string, JsonValue> = {};
      let number = 0;
      let reference = 0;
      for (const [name, kind] of entries) {
        if (kind === 'text') {
          data[name] = referenceAt<string | null>(ring, at, reference++);
        } else {
          const value = numberAt(ring, at, number++);
          data[name] = !Number.isFinite(value) ? null : kind === 'boolean' ? value === 1 : value + 0;
        }
      }
      return { kind: 'event', time: ring.timeAt(at.sequence), type, data };
    },
  };
}

function numberAt(ring: Ring<Shape>, { number }: Readonly<Cursor>, offset: number): number {
  return ring.numbers[(number + offset) & ring.numberMask] ?? Number.NaN;
}

/** The shape says what was put there. */
function referenceAt<T>(ring: Ring<Shape>, { reference }: Readonly<Cursor>, offset: number): T {
  return ring.references[(reference + offset) & ring.referenceMask] as T;
}
