import {
  type Clock,
  ConfigurationError,
  type EventSink,
  option,
  readOptions,
  readValue,
  StateError,
  systemClock,
} from '@evenkeel/core';
import type { BenchmarkRecord, LogRecord, MetricDefinition } from '../log-record.ts';
import { copyBenchmark } from './copy-benchmark.ts';
import { DataCopier } from './copy-data.ts';
import { type EventHandle, RingEvent } from './event-handle.ts';
import { type EventFields, type FieldKind, isFieldName } from './field-kind.ts';
import { FreeEvents } from './free-events.ts';
import { type MetricHandle, RingMetric } from './metric-handle.ts';
import { type MetricDescription, readMetricDefinition } from './read-metric-definition.ts';
import { RecordReader } from './record-reader.ts';
import { MAX_FIELDS, Ring } from './ring.ts';
import { BENCHMARK, type Shape } from './shapes.ts';
import { SharedTime } from './shared-time.ts';
import { MAX_NAME_LENGTH, readName } from './text.ts';

export interface FlightRecorderOptions {
  /**
   * Records to hold, at least 1024; rounded up to a power of two. Each takes about 60 bytes beside its texts. A
   * sixty-fourth of them is let go of at once; fewer are held where they have more than 4 numbers or 2 texts on average.
   *
   * @defaultValue 65_536
   */
  readonly capacity?: number;
  /** What texts and free-form data may hold altogether, about; at least 1 MB; beyond it the oldest records are let go of. @defaultValue '32mb' */
  readonly maxBytes?: number | string;
  /** @defaultValue the system's, whose time records of one burst share */
  readonly clock?: Clock;
}

export interface FlightRecorderStatistics {
  /** All that were ever recorded. */
  readonly recorded: number;
  /** Those that are still there. */
  readonly held: number;
  /** Bytes that texts and free-form data hold, about. */
  readonly bytes: number;
  /** Values that were no finite numbers, and those of metrics beyond the limit of 10,000. */
  readonly refused: number;
}

/** The last records, or those of the last time: what is given limits both. */
export interface RecentQuery {
  /** In ms, or a text such as `'5m'`. @defaultValue as long as there is something */
  readonly duration?: number | string;
  /** @defaultValue all that are held */
  readonly count?: number;
}

/* A metric for each of a thousand routes is many already; a name made of an id would be without end. */
const MAX_METRICS = 10_000;

/* Events are defined by developers, at start. */
const MAX_EVENTS = 1000;

const KINDS: readonly FieldKind[] = ['text', 'number', 'integer', 'boolean'];

/**
 * The last events, metrics and benchmarks of a process in bounded memory, at the price of a few tens of nanoseconds
 * each: always on, like the recorder of an aeroplane. What is recorded first is let go of first; readers that were
 * slower have lost it, and know how much.
 *
 * Recording never throws and never waits. Defining does throw: it is done at start.
 *
 * @example
 * const recorder = new FlightRecorder();
 * const request = recorder.defineEvent('http_request', { route: 'text', status: 'integer', durationMs: 'number' });
 * request.record({ route: '/orders/:id', status: 200, durationMs: 12.5 });
 * recorder.record('cache_cleared', { reason: 'deploy' });
 * recorder.recent({ duration: '5m' });
 */
export class FlightRecorder implements EventSink {
  readonly #ring: Ring<Shape>;
  readonly #clock: Clock;
  readonly #time: SharedTime;
  readonly #copier = new DataCopier();
  readonly #metrics = new Map<string, RingMetric>();
  readonly #events = new Map<string, RingEvent<EventFields>>();
  readonly #freeEvents: FreeEvents;
  readonly #benchmarkId: number;
  #refused = 0;

  /** @throws ConfigurationError */
  constructor(options?: FlightRecorderOptions) {
    const read = readOptions('FlightRecorder', options, {
      capacity: option.integer({ min: 1024, max: 2 ** 24 }).default(65_536),
      maxBytes: option.bytes({ min: 2 ** 20 }).default(32 * 2 ** 20),
      clock: option.withMethods<Clock>('now', 'setTimeout').default(systemClock),
    });
    this.#ring = new Ring(2 ** Math.ceil(Math.log2(read.capacity)), read.maxBytes);
    this.#clock = read.clock;
    this.#time = new SharedTime(read.clock);
    this.#freeEvents = new FreeEvents(this.#ring, this.#time, this.#copier);
    this.#benchmarkId = this.#ring.register(BENCHMARK);
  }

  /**
   * Defines an event with typed fields, at most 32, and gives what records it. Asking again with the same fields gives
   * the same.
   *
   * @throws ConfigurationError
   * @throws StateError where the event is defined with other fields, or a thousand are defined
   */
  defineEvent<const Fields extends EventFields>(type: string, fields: Fields): EventHandle<Fields> {
    readDefinedName('FlightRecorder.defineEvent', 'type', type);
    const read = readFields(fields);
    const present = this.#events.get(type);
    if (present) {
      if (JSON.stringify(present.fields) !== JSON.stringify(read)) {
        throw new StateError(`the event ${type} is defined already, with other fields`);
      }
      // It has these fields.
      return present as unknown as EventHandle<Fields>;
    }
    if (this.#events.size >= MAX_EVENTS) throw new StateError(`${MAX_EVENTS} events are defined already`);
    const event = new RingEvent(type, read, this.#ring, this.#time);
    this.#events.set(type, event);
    return event as unknown as EventHandle<Fields>;
  }

  /**
   * Defines a metric and gives what records it. Defining it again replaces what is said of it; the handles stay good.
   *
   * @throws ConfigurationError
   * @throws StateError where 10,000 are defined
   */
  defineMetric(description: MetricDescription): MetricHandle {
    const definition = readMetricDefinition('FlightRecorder.defineMetric', description);
    const present = this.#metrics.get(definition.name);
    if (!present) return this.#addMetric(definition);
    if (JSON.stringify(present.definition) !== JSON.stringify(definition)) present.definition = definition;
    return present;
  }

  /** What is known of the metrics, in the order in which they came. */
  definitions(): readonly MetricDefinition[] {
    return Array.from(this.#metrics.values(), ({ definition }) => definition);
  }

  /**
   * Records an event with free-form data, of which it takes a bounded copy: see {@link DataCopier}. Fastest where the
   * events of a type have the same plain fields in the same order.
   */
  record(type: string, data?: object): void {
    this.#freeEvents.record(type, data);
  }

  /** Records a value of a metric by its name. One that is not defined is defined by it, as plain numbers. */
  recordMetric(name: string, value: number, context?: object): void {
    const metric = this.#metrics.get(name) ?? this.#namedMetric(name);
    if (metric) metric.record(value, context);
    else this.#refused += 1;
  }

  /** Records a run of a benchmark that has ended now. Texts and lists in it are bounded as those of events are. */
  recordBenchmark(run: Omit<BenchmarkRecord, 'kind' | 'time'>): void {
    const copy = copyBenchmark(run, this.#copier);
    if (copy === undefined) {
      this.#refused += 1;
      return;
    }
    const ring = this.#ring;
    ring.references[ring.reference & ring.referenceMask] = copy.benchmark;
    ring.commit(this.#benchmarkId, this.#time.now(), 0, 1, copy.weight);
  }

  /** What is still there of the last records, oldest first, with the definitions of the metrics among them. */
  recent(query?: RecentQuery): readonly LogRecord[] {
    const { duration, count } = readOptions('FlightRecorder.recent', query, {
      duration: option.duration().default(Number.MAX_VALUE),
      count: option.integer({ min: 0 }).default(Number.MAX_SAFE_INTEGER),
    });
    const reader = new RecordReader(this.#ring);
    reader.skip(this.#clock.now() - duration, count);
    return reader.read(Number.POSITIVE_INFINITY).records;
  }

  /** A reader of its own, that begins with the oldest record that is held. */
  reader(): RecordReader {
    return new RecordReader(this.#ring);
  }

  statistics(): FlightRecorderStatistics {
    const { next, oldest, weight } = this.#ring;
    return { recorded: next, held: next - oldest, bytes: weight, refused: this.#refused };
  }

  #namedMetric(given: unknown): RingMetric | undefined {
    const name = readName(given);
    const present = this.#metrics.get(name);
    if (present || this.#metrics.size >= MAX_METRICS) return present;
    return this.#addMetric({ name, unit: '', description: name, area: 'application' });
  }

  #addMetric(definition: MetricDefinition): RingMetric {
    if (this.#metrics.size >= MAX_METRICS) throw new StateError(`${MAX_METRICS} metrics are defined already`);
    const metric = new RingMetric(definition, {
      ring: this.#ring,
      time: this.#time,
      copier: this.#copier,
      refused: () => {
        this.#refused += 1;
      },
    });
    this.#metrics.set(definition.name, metric);
    return metric;
  }
}

function readDefinedName(owner: string, path: string, given: unknown): string {
  const name = readValue(owner, path, given, option.string());
  if (name.length <= MAX_NAME_LENGTH) return name;
  const expected = `at most ${MAX_NAME_LENGTH} characters`;
  throw new ConfigurationError(owner, [{ path, value: name, expected }]);
}

/** A copy: the caller's may change. */
function readFields<Fields extends EventFields>(given: Fields): Fields {
  const owner = 'FlightRecorder.defineEvent';
  readValue(owner, 'fields', given, option.withMethods());
  const names = Object.keys(given);
  const expected = `1 to ${MAX_FIELDS} fields, none called __proto__ or by a number`;
  if (names.length < 1 || names.length > MAX_FIELDS || !names.every(isFieldName)) {
    throw new ConfigurationError(owner, [{ path: 'fields', value: names, expected }]);
  }
  for (const name of names) {
    readDefinedName(owner, `name of the field ${name}`, name);
    readValue(owner, `fields.${name}`, given[name], option.oneOf(KINDS));
  }
  return { ...given };
}
