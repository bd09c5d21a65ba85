import { EvenkeelError } from '@evenkeel/core';
import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { IndexSizes } from '../indexes/index-size.ts';
import { keysOf } from '../indexes/key-statistics.ts';

/** Writes to a table during the workload. */
export interface TableWrites {
  /** Rows. */
  readonly inserts: number;
  readonly deletes: number;
  /** Updates of rows by the columns they assign; `undefined` where only their number is known. */
  readonly updates: readonly { readonly rows: number; readonly columns: ReadonlySet<string> | undefined }[];
}

/** What keeping an index up to date takes. */
export interface WriteBill {
  /** Bytes of WAL that each inserted row takes more. */
  readonly walBytesPerInsert: number;
  /** Rows of the workload that the index has to follow. */
  readonly rows: number;
  /** Updates of the workload that would no longer be heap-only, so that every index has to follow them. */
  readonly hotUpdatesLost: number;
  /** In planner units over the workload; undefined where no writes are known. */
  readonly cost: number | undefined;
}

/* What is not the key in the record of an insertion: 75 bytes less a key of 8; proofs/timed.mjs measures it. */
const WAL_BYTES_BESIDE_KEY = 67;
/* selfuncs.c: what visiting a page of an index is, in operators. */
const OPERATORS_PER_PAGE = 50;

/**
 * Bills the upkeep of indexes. A row that is inserted, or updated without being heap-only, takes a descent of the index
 * and a record in the WAL; an update that was heap-only and is of an indexed column takes that for every index of the
 * table.
 */
export class WriteBills {
  readonly #catalogue: Catalogue;
  readonly #sizes: IndexSizes;
  readonly #writes: ReadonlyMap<number, TableWrites>;

  /** @param writes during the workload, by `Table.oid` */
  constructor(catalogue: Catalogue, writes: ReadonlyMap<number, TableWrites>) {
    this.#catalogue = catalogue;
    this.#sizes = new IndexSizes(catalogue);
    this.#writes = writes;
  }

  /** @throws EvenkeelError where its table is not in the catalogue */
  of(index: IndexDefinition): WriteBill {
    const table = this.#catalogue.find(index.table, index.schema);
    if (!table) throw new EvenkeelError(`there is no table ${index.table}`, { code: 'UNKNOWN_TABLE' });
    const walBytesPerInsert = WAL_BYTES_BESIDE_KEY + keysOf(index, table, this.#catalogue).dataBytes;
    const writes = this.#writes.get(table.oid);
    if (!writes) return { walBytesPerInsert, rows: 0, hotUpdatesLost: 0, cost: undefined };
    const { rows, hotUpdatesLost } = followed(index, table, writes);
    const entries = rows + hotUpdatesLost * table.indexes.length;
    return {
      walBytesPerInsert,
      rows,
      hotUpdatesLost,
      cost: entries * this.#costOfEntry(index, walBytesPerInsert),
    };
  }

  /** In planner units: finding its place, putting it there, writing that down. */
  #costOfEntry(index: IndexDefinition, walBytes: number): number {
    const setting = (name: string, value: number): number =>
      Number(this.#catalogue.settings.get(name) ?? value);
    return (
      (this.#sizes.of(index).height + 1) * OPERATORS_PER_PAGE * setting('cpu_operator_cost', 0.0025) +
      setting('cpu_index_tuple_cost', 0.005) +
      (walBytes / setting('block_size', 8192)) * setting('seq_page_cost', 1)
    );
  }
}

/** Rows whose writing the index has to follow, and updates that are no longer heap-only for it. */
function followed(
  index: IndexDefinition,
  { activity }: Table,
  { inserts, updates }: TableWrites,
): { rows: number; hotUpdatesLost: number } {
  const hotShare = activity.updates > 0 ? activity.hotUpdates / activity.updates : 1;
  let rows = inserts;
  let hotUpdatesLost = 0;
  for (const update of updates) {
    rows += update.rows * (1 - hotShare);
    if (!touches(index, update.columns)) continue;
    rows += update.rows * hotShare;
    hotUpdatesLost += update.rows * hotShare;
  }
  return { rows, hotUpdatesLost };
}

/** Whether an update of those columns changes what the index holds. Of unknown ones it is taken not to. */
function touches(
  { keys, include, where }: IndexDefinition,
  columns: ReadonlySet<string> | undefined,
): boolean {
  if (!columns) return false;
  const texts = [...keys.filter(({ kind }) => kind === 'expression').map(({ sql }) => sql), where ?? ''];
  for (const column of columns) {
    if (include.includes(column) || keys.some(({ kind, sql }) => kind === 'column' && sql === column))
      return true;
    if (texts.some((text) => text.includes(column))) return true;
  }
  return false;
}
