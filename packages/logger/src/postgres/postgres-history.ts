/// <reference lib="esnext.disposable" />
import { randomUUID } from 'node:crypto';
import { type Clock, Emitter, PeriodicTask, type Queryable, StateError } from '@evenkeel/core';
import type { History, HistoryQuery, HistorySlice } from '../history/history.ts';
import { readQuery, type Tier } from '../history/reading-plan.ts';
import type { LogRecord } from '../log-record.ts';
import type { Sink } from '../sink.ts';
import { BatchWriter } from './batch-writer.ts';
import { compact } from './compaction.ts';
import { expire, type Retention } from './expiry.ts';
import { takeLease } from './lease.ts';
import { migrate } from './migrations.ts';
import { type PostgresHistoryOptions, readPostgresHistoryOptions } from './postgres-history-options.ts';
import { readHistory } from './read-history.ts';
import { SeriesIds } from './series-ids.ts';
import { type Tables, tablesIn } from './tables.ts';

export interface PostgresHistoryEvents {
  /** This instance has brought the roll-ups up to date and removed old rows. */
  maintained: MaintenanceResult;
  /** Records of a batch were not stored: see {@link PostgresHistoryStats}. */
  records_dropped: { readonly invalid: number; readonly refused: number };
}

export interface MaintenanceResult {
  /** Batches whose values were moved into the roll-ups. */
  readonly compacted: number;
  /** Rows that were too old. */
  readonly removed: number;
}

export interface PostgresHistoryStats {
  /** Records written. */
  readonly written: number;
  /** Records that are none: their time or value is no number. */
  readonly invalid: number;
  /** Records of metrics, event types and benchmarks that there was no room for. Reports count them as lost. */
  readonly refused: number;
  /** Metrics, event types and benchmarks that this instance writes. */
  readonly series: number;
}

/* Longer than keeping in order takes; when an instance dies over it, another one goes on after that. */
const LEASE_MS = 5 * 60_000;

/* Steps of one run; what is left goes in the next. */
const MAX_COMPACTIONS = 200;

/* What `undefined_table` and `invalid_schema_name` are in PostgreSQL. */
const NO_TABLES: readonly unknown[] = ['42P01', '3F000'];

/**
 * Keeps a history in PostgreSQL: over restarts, and of several instances together. Works over whatever runs
 * statements: a pool or a client of `pg`, PGlite, a pooler in between; each batch is one statement. The database is
 * its owner's to close.
 */
export class PostgresHistory extends Emitter<PostgresHistoryEvents> implements Sink, History {
  readonly name: string;
  readonly #database: Queryable;
  readonly #tables: Tables;
  readonly #tiers: readonly Tier[];
  readonly #retention: Retention;
  readonly #clock: Clock;
  readonly #ids: SeriesIds;
  readonly #writer: BatchWriter;
  readonly #maintenance: PeriodicTask;
  readonly #id = randomUUID();
  #isStarted = false;
  #starting: Promise<void> | undefined;
  #written = 0;
  #invalid = 0;
  #refused = 0;

  /** @throws ConfigurationError */
  constructor(database: Queryable, options: PostgresHistoryOptions = {}) {
    const read = readPostgresHistoryOptions(database, options);
    super(read.clock);
    this.name = read.name;
    this.#database = read.database;
    this.#tables = tablesIn(read.schema, read.prefix);
    this.#tiers = read.tiers;
    this.#retention = read.retention;
    this.#clock = read.clock;
    this.#ids = new SeriesIds(read.database, this.#tables, read.maxSeries, read.clock);
    this.#writer = new BatchWriter(read.database, this.#tables, this.#ids, {
      instance: read.instance,
      keepsPoints: read.retention.points > 0,
      clock: read.clock,
    });
    this.#maintenance = new PeriodicTask(() => this.maintain(), {
      intervalMs: read.maintenanceInterval,
      jitter: 0.5,
      clock: read.clock,
      onError: (error) => this.reportError('maintenance of the history', error),
    });
  }

  /** Creates its tables or brings them up to date, and begins to keep them in order. Idempotent. */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  async #start(): Promise<void> {
    await migrate(this.#database, this.#tables);
    await this.#writer.register();
    this.#isStarted = true;
    this.#maintenance.start();
  }

  /**
   * Writes a batch in one statement, so all of it or nothing. After a failure the same records may be given again: what
   * was written after all is not written twice.
   *
   * Rejects with UnwritableError where a record can never be written, StateError before `start`, and whatever the
   * database rejects with.
   */
  async write(records: readonly LogRecord[], signal?: AbortSignal): Promise<void> {
    if (!this.#isStarted) throw new StateError('the history is not started: call start() before write()');
    const { written, invalid, refused } = await this.#writer.write(records, signal);
    this.#written += written;
    this.#invalid += invalid;
    this.#refused += refused;
    if (invalid + refused > 0) this.emit('records_dropped', { invalid, refused });
  }

  /**
   * Reads what all instances have written; works without `start`, where another process has created the tables.
   *
   * Rejects with ConfigurationError for a range or steps that are none, StateError where there are no tables, the
   * reason of `signal`, and whatever the database rejects with.
   */
  async read(query: HistoryQuery, signal?: AbortSignal): Promise<HistorySlice> {
    const request = readQuery(query);
    signal?.throwIfAborted();
    try {
      return await readHistory(this.#database, this.#tables, {
        request,
        tiers: this.#tiers,
        now: this.#clock.now(),
        signal,
      });
    } catch (error) {
      const { code } = (error ?? {}) as { code?: unknown };
      if (!NO_TABLES.includes(code)) throw error;
      throw new StateError(`there is no history in ${this.#tables.rollups}: start() makes one`);
    }
  }

  /**
   * Brings the roll-ups up to date and removes what is too old, unless another instance is about it. It is done now and
   * then by itself. Rejects with what the database rejects with.
   */
  async maintain(): Promise<MaintenanceResult> {
    let compacted = 0;
    for (let turn = 0; turn < MAX_COMPACTIONS; turn++) {
      const lease = await takeLease(this.#database, this.#tables, this.#id, LEASE_MS);
      if (lease === undefined) return { compacted, removed: 0 };
      const moved = await compact(this.#database, this.#tables, lease.compactions);
      compacted += moved;
      if (moved > 0) continue;
      // A machine whose clock is ahead must not remove what the others still need.
      const now = Math.min(lease.now, this.#clock.now());
      const removed = await expire(this.#database, this.#tables, this.#retention, now);
      const result = { compacted, removed };
      this.emit('maintained', result);
      return result;
    }
    return { compacted, removed: 0 };
  }

  /** What this instance has written so far. */
  getStats(): PostgresHistoryStats {
    return { written: this.#written, invalid: this.#invalid, refused: this.#refused, series: this.#ids.size };
  }

  /** Waits for work in flight. The database stays open. Idempotent. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    this.#isStarted = false;
    await this.#maintenance.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * A history in PostgreSQL: see {@link PostgresHistory}.
 *
 * @param database a pool of `pg`, PGlite, or whatever else runs statements
 * @throws ConfigurationError
 */
export function postgresHistory(database: Queryable, options?: PostgresHistoryOptions): PostgresHistory {
  return new PostgresHistory(database, options);
}
