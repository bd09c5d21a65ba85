import { hostname } from 'node:os';
import { type Clock, type Duration, option, readOptions, systemClock } from '@evenkeel/core';
import type { LogRecord } from '../log-record.ts';
import type { Sink } from '../sink.ts';
import type { SeriesKind } from './cell.ts';
import type { History, HistoryQuery, HistorySlice } from './history.ts';
import { MemorySeries } from './memory-series.ts';
import { metricDefinition } from './metric-definition.ts';
import { planReading, readQuery, TIER_STEPS, type Tier } from './reading-plan.ts';
import { RollUp } from './roll-up.ts';
import { SliceBuilder } from './slice-builder.ts';
import { nameOf, storableRecord } from './storable-record.ts';
import { tiersOf } from './tiers.ts';

/** Options of {@link MemoryHistory}. */
export interface MemoryHistoryOptions {
  /** Names it among sinks. @defaultValue 'memory' */
  readonly name?: string;
  /** Names this process in reports. @defaultValue the host's name */
  readonly instance?: string;
  /** How long steps of each length are kept: ms or strings such as `'2h'`. None may be longer than the next. */
  readonly retention?: {
    /** Steps of ten seconds. @defaultValue '2h' */
    readonly tenSeconds?: Duration;
    /** @defaultValue '1d' */
    readonly minutes?: Duration;
    /** And events and runs of benchmarks. @defaultValue '14d' */
    readonly hours?: Duration;
  };
  /**
   * Most metrics, event types and benchmarks together. Records of any further one are counted as lost. A metric that is
   * measured every second takes about 350 KB in the end. @defaultValue 500
   */
  readonly maxSeries?: number;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** What a history has taken in. */
export interface HistoryStats {
  /** Metrics, event types and benchmarks that are known. */
  readonly series: number;
  /** Records taken in. */
  readonly written: number;
  /** Records that are not: their time or value is no number, their time is not kept, or there are too many series. */
  readonly dropped: number;
}

const HOUR_MS = 3_600_000;

const DEFAULT_RETENTION = { tenSeconds: 2 * HOUR_MS, minutes: 24 * HOUR_MS, hours: 14 * 24 * HOUR_MS };

const RETENTION = {
  tenSeconds: option.duration({ min: TIER_STEPS.tenSeconds }).default(DEFAULT_RETENTION.tenSeconds),
  minutes: option.duration({ min: TIER_STEPS.minutes }).default(DEFAULT_RETENTION.minutes),
  hours: option.duration({ min: TIER_STEPS.hours }).default(DEFAULT_RETENTION.hours),
};

/* How often series that nobody writes any more are looked through. */
const EXPIRY_INTERVAL_MS = 60_000;

/** Keeps a history in memory: rolled up into steps of ten seconds, minutes and hours, so that its size is bounded. */
export class MemoryHistory implements Sink, History {
  readonly name: string;
  readonly #instances: readonly [string];
  readonly #tiers: readonly Tier[];
  readonly #maxSeries: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #series = new Map<string, MemorySeries>();
  readonly #lost: MemorySeries;
  #written = 0;
  #dropped = 0;
  #expiredAt: number;

  /** @throws ConfigurationError */
  constructor(options: MemoryHistoryOptions = {}) {
    const { name, instance, retention, maxSeries, clock } = readOptions('MemoryHistory', options, {
      name: option.string().default('memory'),
      instance: option.string().default(hostname()),
      retention: option.object(RETENTION).default(DEFAULT_RETENTION),
      maxSeries: option.integer({ min: 1 }).default(500),
      clock: option.withMethods<Pick<Clock, 'now'>>('now').default(systemClock),
    });
    this.name = name;
    this.#instances = [instance];
    this.#tiers = tiersOf('MemoryHistory', retention);
    this.#maxSeries = maxSeries;
    this.#clock = clock;
    this.#lost = new MemorySeries('lost', '', this.#tiers);
    this.#expiredAt = clock.now();
  }

  /** Never rejects for what is in the records. */
  async write(records: readonly LogRecord[]): Promise<void> {
    const now = this.#clock.now();
    this.#expire(now);
    const rollUp = new RollUp(TIER_STEPS.tenSeconds);
    for (const given of records) {
      const record = storableRecord(given);
      if (record === undefined || !this.#isKept(record, now)) this.#dropped += 1;
      else if (!this.#keep(record)) {
        this.#dropped += 1;
        if (record.kind !== 'definition') rollUp.addLost(record.time, 1);
      } else {
        this.#written += 1;
        rollUp.add(record);
      }
    }
    for (const { kind, name, cells } of rollUp) {
      const series = kind === 'lost' ? this.#lost : this.#series.get(seriesKey(kind, name));
      for (const [time, cell] of cells) series?.merge(time, cell, now);
    }
  }

  /** @throws ConfigurationError for a range or steps that are none */
  async read(query: HistoryQuery): Promise<HistorySlice> {
    const request = readQuery(query);
    const plan = planReading(request, this.#tiers, this.#clock.now());
    const slice = new SliceBuilder(request.range, plan.stepMs);
    const isWithin = ({ time }: LogRecord): boolean => time >= plan.from && time < plan.to;
    for (const series of [...this.#series.values(), this.#lost]) {
      if (series.definition !== undefined) slice.define(series.definition);
      for (const piece of plan.pieces) {
        for (const [time, cell] of series.between(piece)) {
          slice.add(series.kind, series.name, time, cell, this.#instances);
        }
      }
      slice.addSamples([...series.events].filter(isWithin));
      slice.addRuns([...series.runs].filter(isWithin));
    }
    return slice.build(request);
  }

  /** What it has taken in so far. */
  getStats(): HistoryStats {
    return { series: this.#series.size, written: this.#written, dropped: this.#dropped };
  }

  /** Keeps what is not rolled up; false where there are too many series, or the time is not kept. */
  #keep(record: LogRecord): boolean {
    const kind = record.kind === 'definition' ? 'metric' : record.kind;
    const name = nameOf(record);
    const key = seriesKey(kind, name);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= this.#maxSeries) return false;
      series = new MemorySeries(kind, name, this.#tiers);
      this.#series.set(key, series);
    }
    if (record.kind === 'definition') series.definition = metricDefinition(name, record);
    else if (record.kind === 'event') series.events.add(record);
    else if (record.kind === 'benchmark') series.runs.add(record);
    return true;
  }

  #isKept({ kind, time }: LogRecord, now: number): boolean {
    const keptMs = this.#tiers.at(-1)?.keptMs ?? 0;
    return kind === 'definition' || Math.abs(now - time) <= keptMs;
  }

  #expire(now: number): void {
    if (Math.abs(now - this.#expiredAt) < EXPIRY_INTERVAL_MS) return;
    this.#expiredAt = now;
    for (const [key, series] of this.#series) if (!series.expire(now)) this.#series.delete(key);
    this.#lost.expire(now);
  }
}

function seriesKey(kind: SeriesKind, name: string): string {
  return `${kind} ${name}`;
}
