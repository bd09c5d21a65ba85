import { randomUUID } from 'node:crypto';
import { type Clock, callWithTimeout, EvenkeelError, errorMessage, type Queryable } from '@evenkeel/core';
import type { LogRecord } from '../log-record.ts';
import { UnwritableError } from '../sink.ts';
import { Batch } from './batch.ts';
import type { SeriesIds } from './series-ids.ts';
import type { Tables } from './tables.ts';

/** What became of a batch. */
export interface WrittenBatch {
  readonly written: number;
  /** Records that can't be stored. */
  readonly invalid: number;
  /** Records whose series has no room. */
  readonly refused: number;
}

/* Of SQLSTATE: data exceptions and exceeded limits are the record's fault, and will be again. */
const FAULTS_OF_DATA: readonly string[] = ['22', '54'];

/**
 * Writes batches, each in one statement, and each once: whoever writes has a row with the number of its last batch, and
 * a batch is written only where its number is above that. When it is not known how a statement ended (the connection
 * broke, or it took too long), the next call takes that number for itself first: either it gets it, and then the
 * statement can never take effect any more; or the batch was written, and its records are left out of what comes next.
 */
export class BatchWriter {
  readonly #database: Queryable;
  readonly #tables: Tables;
  readonly #ids: SeriesIds;
  readonly #instance: string;
  readonly #keepsPoints: boolean;
  readonly #clock: Clock;
  readonly #id = randomUUID();
  #number = 0;
  /** Records of the batch `#number`, while it is not known whether it was written. */
  #uncertain: readonly LogRecord[] | undefined;

  constructor(
    database: Queryable,
    tables: Tables,
    ids: SeriesIds,
    options: { readonly instance: string; readonly keepsPoints: boolean; readonly clock: Clock },
  ) {
    this.#database = database;
    this.#tables = tables;
    this.#ids = ids;
    this.#instance = options.instance;
    this.#keepsPoints = options.keepsPoints;
    this.#clock = options.clock;
  }

  /** Makes itself known in the database. Idempotent. */
  async register(): Promise<void> {
    const { instances, writers } = this.#tables;
    await this.#database.query(
      `with instance as (
        insert into ${instances} (name) values ($1) on conflict (name) do update set seen = now() returning id)
      insert into ${writers} (id, instance, number) select $2::uuid, id, $3::bigint from instance on conflict (id) do nothing`,
      [this.#instance, this.#id, this.#number],
    );
  }

  /** Rejects with UnwritableError where one of the records can never be written. */
  write(records: readonly LogRecord[], signal: AbortSignal | undefined): Promise<WrittenBatch> {
    return callWithTimeout((given) => this.#write(records, given), {
      timeoutMs: Number.POSITIVE_INFINITY,
      what: 'writing into the history',
      signal,
      clock: this.#clock,
    });
  }

  /* Nobody waits any more when the signal fires: then the next call may have begun, and this one does nothing else. */
  async #write(records: readonly LogRecord[], signal: AbortSignal): Promise<WrittenBatch> {
    const rest = await this.#withoutWritten(records, signal);
    const batch = readBatch(() => new Batch(rest));
    await this.#ids.lookUp(batch.seriesNames);
    signal.throwIfAborted();
    if (batch.definitions.length > 0) await this.#define(batch);
    signal.throwIfAborted();
    const written = { written: records.length - batch.invalid, invalid: batch.invalid, refused: 0 };
    if (!batch.hasRecords) return written;
    const rows = readBatch(() => batch.rows(this.#ids, this.#keepsPoints));
    this.#number += 1;
    this.#uncertain = rest;
    await this.#insert(rows.arguments);
    signal.throwIfAborted();
    this.#uncertain = undefined;
    return { ...written, written: written.written - rows.refused, refused: rows.refused };
  }

  /** Settles how the batch before has ended; gives what is not written yet. */
  async #withoutWritten(records: readonly LogRecord[], signal: AbortSignal): Promise<readonly LogRecord[]> {
    const uncertain = this.#uncertain;
    if (uncertain === undefined) return records;
    const { writers } = this.#tables;
    const { rows } = await this.#database.query<{ taken: unknown; known: unknown }>(
      `with taken as (
        update ${writers} set number = $2::bigint, seen = now() where id = $1::uuid and number < $2::bigint returning 1)
      select (select count(*) from taken)::int as taken, (select count(*) from ${writers} where id = $1::uuid)::int as known`,
      [this.#id, this.#number],
    );
    const [taken, known] = [Number(rows[0]?.taken), Number(rows[0]?.known)];
    // Somebody has removed the row: without it no statement of this writer takes effect.
    if (known === 0) await this.register();
    signal.throwIfAborted();
    const remaining = known === 1 && taken === 0 ? readBatch(() => without(records, uncertain)) : records;
    this.#uncertain = undefined;
    return remaining;
  }

  async #define(batch: Batch): Promise<void> {
    await this.#run(
      `update ${this.#tables.series} s set definition = d.definition::json, defined_at = d.time
      from unnest($1::text::int[], $2::text::text[], $3::text::bigint[]) as d(id, definition, time)
      where s.id = d.id and coalesce(s.defined_at, d.time) <= d.time and s.definition::text is distinct from d.definition`,
      batch.definitionArguments(this.#ids),
    );
  }

  async #insert(rows: readonly unknown[]): Promise<void> {
    const { writers, deltas, points, events, benchmarks } = this.#tables;
    const result = await this.#run<{ taken: unknown }>(
      `with taken as (
        update ${writers} set number = $2::bigint, seen = now() where id = $1::uuid and number < $2::bigint
        returning instance),
      rolled as (
        insert into ${deltas} (instance, first, last, cells)
        select instance, $3::bigint, $4::bigint, $5::text from taken),
      measured as (
        insert into ${points} (time, series, instance, value, context)
        select p.time, p.series, taken.instance, p.value, p.context::json
        from taken, unnest($6::text::bigint[], $7::text::int[], $8::text::float8[], $9::text::text[])
          as p(time, series, value, context)),
      happened as (
        insert into ${events} (time, series, instance, data)
        select e.time, e.series, taken.instance, e.data::json
        from taken, unnest($10::text::bigint[], $11::text::int[], $12::text::text[]) as e(time, series, data)),
      ran as (
        insert into ${benchmarks} (time, series, instance, duration_ms, measurements, context)
        select b.time, b.series, taken.instance, b.duration, b.measurements::json, b.context::json
        from taken, unnest(
          $13::text::bigint[], $14::text::int[], $15::text::float8[], $16::text::text[], $17::text::text[])
          as b(time, series, duration, measurements, context))
      select (select count(*) from taken)::int as taken`,
      [this.#id, this.#number, ...rows],
    );
    // The row of this writer is gone: the next try makes a new one.
    if (Number(result[0]?.taken) !== 1) {
      throw new EvenkeelError('the history does not know this writer any more', { code: 'WRITER_UNKNOWN' });
    }
  }

  async #run<Row>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.#database.query<Row>(text, values)).rows;
    } catch (error) {
      const { code } = (error ?? {}) as { code?: unknown };
      if (typeof code === 'string' && FAULTS_OF_DATA.includes(code.slice(0, 2))) throw unwritable(error);
      throw error;
    }
  }
}

/* Whatever keeps a record from becoming a row will do so the next time. */
function readBatch<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unwritable(error);
  }
}

function unwritable(error: unknown): UnwritableError {
  return new UnwritableError(`a record cannot be written into the history: ${errorMessage(error)}`, error);
}

/** The records less others, each as often as it occurs among these: they may have been copied since. */
function without(records: readonly LogRecord[], others: readonly LogRecord[]): readonly LogRecord[] {
  const left = new Map<string, number>();
  for (const other of others) {
    const text = JSON.stringify(other);
    left.set(text, (left.get(text) ?? 0) + 1);
  }
  return records.filter((record) => {
    const text = JSON.stringify(record);
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    return count === 0;
  });
}
