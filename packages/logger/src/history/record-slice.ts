import type { BenchmarkRecord, EventRecord, LogRecord } from '../log-record.ts';
import { type HistoryQuery, type HistorySlice, MAX_RUNS, MAX_SAMPLES } from './history.ts';
import { LastRecords } from './last-records.ts';
import { metricDefinition } from './metric-definition.ts';
import { bucketStep, type HistoryRequest, readQuery, TIER_STEPS } from './reading-plan.ts';
import { RollUp } from './roll-up.ts';
import { SliceBuilder } from './slice-builder.ts';
import { storableRecord } from './storable-record.ts';

/* A file may hold anything: past this many metrics, event types and benchmarks of one instance, records count as lost. */
const MAX_SERIES = 10_000;

/** Makes a slice of records as they are read, one by one, in memory that does not grow with their number. */
export class RecordSlice {
  readonly #request: HistoryRequest;
  readonly #stepMs: number;
  readonly #slice: SliceBuilder;
  readonly #rollUps = new Map<string, RollUp>();
  readonly #events = new Map<string, LastRecords<EventRecord>>();
  readonly #runs = new Map<string, LastRecords<BenchmarkRecord>>();

  /** @throws ConfigurationError for a range or steps that are none */
  constructor(query: HistoryQuery) {
    this.#request = readQuery(query);
    this.#stepMs = bucketStep(this.#request, TIER_STEPS.tenSeconds);
    this.#slice = new SliceBuilder(this.#request.range, this.#stepMs);
  }

  /** In any order. Definitions count whatever their time; of the rest, what lies in the range. */
  add(given: LogRecord, instance: string): void {
    const record = storableRecord(given);
    if (record === undefined) return;
    if (record.kind === 'definition') {
      this.#slice.define(metricDefinition(record.name, record));
      return;
    }
    const { from, to } = this.#request.range;
    if (record.time < from || record.time >= to) return;
    let rollUp = this.#rollUps.get(instance);
    if (rollUp === undefined) {
      rollUp = new RollUp(this.#stepMs, MAX_SERIES);
      this.#rollUps.set(instance, rollUp);
    }
    if (!rollUp.add(record)) return;
    if (record.kind === 'event') lastOf(this.#events, record.type, MAX_SAMPLES).add(record);
    else if (record.kind === 'benchmark') lastOf(this.#runs, record.id, MAX_RUNS).add(record);
  }

  /** What the records added so far come to. Called once. */
  toSlice(): HistorySlice {
    for (const [instance, rollUp] of this.#rollUps) {
      for (const { kind, name, cells } of rollUp) {
        for (const [time, cell] of cells) this.#slice.add(kind, name, time, cell, [instance]);
      }
    }
    for (const events of this.#events.values()) this.#slice.addSamples(events);
    for (const runs of this.#runs.values()) this.#slice.addRuns(runs);
    return this.#slice.build(this.#request);
  }
}

function lastOf<R extends { readonly time: number }>(
  byName: Map<string, LastRecords<R>>,
  name: string,
  most: number,
): LastRecords<R> {
  let records = byName.get(name);
  if (records === undefined) {
    records = new LastRecords(most);
    byName.set(name, records);
  }
  return records;
}
