import type { Disposer } from '@evenkeel/core';
import type { LogRecord, MetricDefinition } from '../log-record.ts';
import type { Cursor, Ring } from './ring.ts';
import type { Shape } from './shapes.ts';

/** Records in their order. */
export interface RecordBatch {
  /** With the definition of each metric before its first value, and again where it has changed. */
  readonly records: readonly LogRecord[];
  /** How many of them were recorded: all but the definitions. */
  readonly count: number;
}

/**
 * Reads a recorder's records in their order, each once. What was let go of before it was read is lost to this reader
 * only, and counted: `read + lost + waiting` is always what was recorded since it began.
 */
export class RecordReader {
  readonly #ring: Ring<Shape>;
  readonly #cursor: Cursor = { sequence: 0, number: 0, reference: 0 };
  readonly #defined = new Map<string, MetricDefinition>();
  #lost = 0;

  /** Begins with the oldest record that is held. Readers of a recorder are made by {@link FlightRecorder.reader}. */
  constructor(ring: Ring<Shape>) {
    this.#ring = ring;
    ring.rewind(this.#cursor);
  }

  /** The number of the next record to be read, of all that were ever recorded. */
  get position(): number {
    return Math.max(this.#cursor.sequence, this.#ring.oldest);
  }

  /** Records that may still be read. */
  get waiting(): number {
    return this.#ring.next - this.position;
  }

  /** Records that were let go of before they were read. */
  get lost(): number {
    return this.#lost + Math.max(0, this.#ring.oldest - this.#cursor.sequence);
  }

  /** The next records, at most `max`. */
  read(max: number): RecordBatch {
    const ring = this.#ring;
    const cursor = this.#cursor;
    const records: LogRecord[] = [];
    this.#catchUp();
    const count = Math.min(max, ring.next - cursor.sequence);
    for (let read = 0; read < count; read++) {
      const shape = ring.shapeAt(cursor.sequence);
      const record = shape.read(ring, cursor);
      if (shape.metric) this.#define(shape.metric.definition, record.time, records);
      records.push(record);
      ring.advance(cursor);
    }
    return { records, count };
  }

  /** Passes over the records from before `time` and all but the newest `count`. */
  skip(time: number, count: number): void {
    const ring = this.#ring;
    this.#catchUp();
    while (
      this.#cursor.sequence < ring.next &&
      (ring.timeAt(this.#cursor.sequence) < time || ring.next - this.#cursor.sequence > count)
    ) {
      ring.advance(this.#cursor);
    }
  }

  /**
   * Calls `callback` once, from within the call that records it, when `count` records wait, unless as many wait
   * already. It must be short and must not throw. Returns what cancels it.
   */
  whenWaiting(count: number, callback: () => void): Disposer {
    return this.#ring.alarm(this.position + count, callback);
  }

  #catchUp(): void {
    this.#lost = this.lost;
    if (this.#cursor.sequence < this.#ring.oldest) this.#ring.rewind(this.#cursor);
  }

  #define(definition: MetricDefinition, time: number, records: LogRecord[]): void {
    if (this.#defined.get(definition.name) === definition) return;
    this.#defined.set(definition.name, definition);
    records.push({ kind: 'definition', time, ...definition });
  }
}
