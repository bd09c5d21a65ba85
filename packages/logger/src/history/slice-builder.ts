import type { QuantileSketch } from '@evenkeel/core/statistics';
import type { BenchmarkRecord, EventRecord, MetricDefinition } from '../log-record.ts';
import { Cell, type CellNumbers, type SeriesKind } from './cell.ts';
import { type HistorySlice, MAX_RUNS, MAX_SAMPLES, type TimeRange } from './history.ts';
import { newest } from './last-records.ts';
import { metricDefinition } from './metric-definition.ts';
import { SketchSum } from './sketch-sum.ts';

/** A cell as it is kept, with its sketch packed or not. */
export interface KeptCell extends CellNumbers {
  readonly sketch?: QuantileSketch | Uint8Array | undefined;
}

interface SeriesParts {
  readonly buckets: Map<number, Cell>;
  readonly sketches: SketchSum;
  readonly instances: Set<string>;
}

interface EventParts {
  count: number;
  readonly buckets: Map<number, number>;
  readonly samples: EventRecord[];
}

interface BenchmarkParts {
  count: number;
  readonly runs: BenchmarkRecord[];
}

/** Merges what a history has kept of a range into what it gives to its reader. Takes it in any order. */
export class SliceBuilder {
  readonly #range: TimeRange;
  readonly #stepMs: number;
  readonly #definitions = new Map<string, MetricDefinition>();
  readonly #series = new Map<string, SeriesParts>();
  readonly #events = new Map<string, EventParts>();
  readonly #benchmarks = new Map<string, BenchmarkParts>();
  readonly #instances = new Set<string>();
  #lost = 0;

  constructor(range: TimeRange, stepMs: number) {
    this.#range = range;
    this.#stepMs = stepMs;
  }

  /** The last definition of a metric is the one that counts. */
  define(definition: MetricDefinition): void {
    this.#definitions.set(definition.name, definition);
  }

  /** What was kept of a step of a series; `time` is within that step. */
  add(kind: SeriesKind, name: string, time: number, cell: KeptCell, instances: Iterable<string>): void {
    for (const instance of instances) this.#instances.add(instance);
    if (kind === 'metric') this.#addMetric(name, time, cell, instances);
    else if (kind === 'event') this.#addEvents(name, time, cell.count);
    else if (kind === 'benchmark') this.#benchmarkOf(name).count += cell.count;
    else this.#lost += cell.sum;
  }

  addSamples(events: Iterable<EventRecord>): void {
    for (const event of events) this.#eventsOf(event.type).samples.push(event);
  }

  addRuns(runs: Iterable<BenchmarkRecord>): void {
    for (const run of runs) this.#benchmarkOf(run.id).runs.push(run);
  }

  build(include: { readonly events: boolean; readonly benchmarks: boolean }): HistorySlice {
    return {
      range: this.#range,
      stepMs: this.#stepMs,
      series: byName(this.#series).map(([name, { buckets, sketches, instances }]) => ({
        definition: this.#definitions.get(name) ?? metricDefinition(name, {}),
        buckets: byTime(buckets).map(([time, { count, sum, min, max }]) => ({ time, count, sum, min, max })),
        sketch: sketches.toSketch(),
        instances: [...instances].sort(),
      })),
      events: !include.events
        ? []
        : byName(this.#events).map(([type, { count, buckets, samples }]) => ({
            type,
            count,
            buckets: byTime(buckets).map(([time, inStep]) => ({ time, count: inStep })),
            samples: newest(samples, MAX_SAMPLES),
          })),
      benchmarks: !include.benchmarks
        ? []
        : byName(this.#benchmarks).map(([id, { count, runs }]) => ({
            id,
            count,
            runs: newest(runs, MAX_RUNS),
          })),
      instances: [...this.#instances].sort(),
      lost: this.#lost,
    };
  }

  #stepOf(time: number): number {
    return Math.floor(time / this.#stepMs) * this.#stepMs;
  }

  #addMetric(name: string, time: number, cell: KeptCell, instances: Iterable<string>): void {
    let parts = this.#series.get(name);
    if (parts === undefined) {
      parts = { buckets: new Map(), sketches: new SketchSum(), instances: new Set() };
      this.#series.set(name, parts);
    }
    const step = this.#stepOf(time);
    let bucket = parts.buckets.get(step);
    if (bucket === undefined) {
      bucket = new Cell();
      parts.buckets.set(step, bucket);
    }
    bucket.mergeNumbers(cell);
    if (cell.sketch instanceof Uint8Array) parts.sketches.add(cell.sketch, cell);
    else if (cell.sketch !== undefined) parts.sketches.addSketch(cell.sketch);
    for (const instance of instances) parts.instances.add(instance);
  }

  #addEvents(type: string, time: number, count: number): void {
    const parts = this.#eventsOf(type);
    const step = this.#stepOf(time);
    parts.count += count;
    parts.buckets.set(step, (parts.buckets.get(step) ?? 0) + count);
  }

  #eventsOf(type: string): EventParts {
    let parts = this.#events.get(type);
    if (parts === undefined) {
      parts = { count: 0, buckets: new Map(), samples: [] };
      this.#events.set(type, parts);
    }
    return parts;
  }

  #benchmarkOf(id: string): BenchmarkParts {
    let parts = this.#benchmarks.get(id);
    if (parts === undefined) {
      parts = { count: 0, runs: [] };
      this.#benchmarks.set(id, parts);
    }
    return parts;
  }
}

/* By code unit, not by language: the same everywhere. */
function byName<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function byTime<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort(([a], [b]) => a - b);
}
