import { type Clock, option, readValue, StateError, UnknownNameError } from '@evenkeel/core';
import type { BenchmarkMeasurement } from '../log-record.ts';
import { BenchmarkDurations, type BenchmarkStatistics } from './benchmark-statistics.ts';

/** A run that has been started. */
export interface BenchmarkRun {
  /** Unique to this run; what ends it even where others of the same benchmark are open. */
  readonly id: string;
  /** As it was given. */
  readonly benchmark: string;
  /** Marks a point of the run. Gives the time since the one before, or the start, in ms. @throws UnknownNameError */
  measure(label: string): number;
  /** @throws UnknownNameError when it has ended */
  end(): BenchmarkResult;
}

/** A run that has ended. */
export interface BenchmarkResult {
  readonly id: string;
  readonly durationMs: number;
  /** In the order in which they were made. */
  readonly measurements: readonly BenchmarkMeasurement[];
  readonly context: Readonly<Record<string, unknown>>;
  /** Of all runs of this benchmark so far, with this one. */
  readonly statistics: BenchmarkStatistics;
}

interface OpenRun {
  readonly key: string;
  readonly benchmark: string;
  readonly startMs: number;
  readonly context: Readonly<Record<string, unknown>>;
  readonly measurements: BenchmarkMeasurement[];
}

/* Runs that nobody ends; the oldest is given up. */
const MAX_OPEN = 10_000;
/* Of a run that measures in a loop without end; later ones are left out. */
const MAX_MEASUREMENTS = 10_000;
/* Benchmarks with statistics; those of others begin anew with each run. */
const MAX_BENCHMARKS = 1000;

const ID = option.string();
const CONTEXT = new option.Field<object>('an object', (value, path, issues) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  issues.push({ path, value, expected: 'an object' });
  return {};
});

/** Measures runs of named pieces of work; runs of one name that overlap do not mix. */
export class Benchmarks {
  readonly #clock: Clock;
  readonly #ended: (result: BenchmarkResult) => void;
  /* By their unique key; in the order in which they began. */
  readonly #open = new Map<string, OpenRun>();
  readonly #durations = new Map<string, BenchmarkDurations>();
  #started = 0;
  #abandoned = 0;

  /** @param ended is told of each run */
  constructor(clock: Clock, ended: (result: BenchmarkResult) => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Runs that were given up, since ten thousand later ones were open. */
  get abandoned(): number {
    return this.#abandoned;
  }

  start(benchmark: string, context: Readonly<Record<string, unknown>> = {}): BenchmarkRun {
    readValue('startBenchmark', 'id', benchmark, ID);
    readValue('startBenchmark', 'context', context, CONTEXT);
    this.#started += 1;
    const key = `${benchmark} #${this.#started}`;
    if (this.#open.size >= MAX_OPEN) this.#abandonOldest();
    this.#open.set(key, {
      key,
      benchmark,
      startMs: this.#clock.monotonic(),
      context: { ...context },
      measurements: [],
    });
    return {
      id: key,
      benchmark,
      measure: (label) => this.measure(key, label),
      end: () => this.end(key),
    };
  }

  measure(id: string, label: string): number {
    readValue('recordBenchmarkMeasurement', 'label', label, ID);
    const { startMs, measurements } = this.#find('recordBenchmarkMeasurement', id);
    const elapsedMs = this.#clock.monotonic() - startMs;
    const deltaMs = elapsedMs - (measurements.at(-1)?.elapsedMs ?? 0);
    if (measurements.length < MAX_MEASUREMENTS) measurements.push({ label, elapsedMs, deltaMs });
    return deltaMs;
  }

  end(id: string): BenchmarkResult {
    const { key, benchmark, startMs, measurements, context } = this.#find('endBenchmark', id);
    this.#open.delete(key);
    const durationMs = this.#clock.monotonic() - startMs;
    const durations = this.#durationsOf(benchmark);
    durations.add(durationMs);
    const result = { id: benchmark, durationMs, measurements, context, statistics: durations.summary() };
    this.#ended(result);
    return result;
  }

  /** By the unique id, or by the benchmark's own where one run of it is open. */
  #find(where: string, id: string): OpenRun {
    readValue(where, 'id', id, ID);
    const found = this.#open.get(id);
    if (found) return found;
    const runs = [...this.#open.values()].filter(({ benchmark }) => benchmark === id);
    const [only] = runs;
    if (only === undefined) throw new UnknownNameError('open benchmark run', id, this.#open.keys());
    if (runs.length === 1) return only;
    throw new StateError(
      `${where}: ${runs.length} runs of ${JSON.stringify(id)} are open; use the run that startBenchmark gave, or its id`,
    );
  }

  #abandonOldest(): void {
    for (const key of this.#open.keys()) {
      this.#open.delete(key);
      this.#abandoned += 1;
      return;
    }
  }

  #durationsOf(benchmark: string): BenchmarkDurations {
    const known = this.#durations.get(benchmark);
    if (known) return known;
    const durations = new BenchmarkDurations();
    if (this.#durations.size < MAX_BENCHMARKS) this.#durations.set(benchmark, durations);
    return durations;
  }
}
