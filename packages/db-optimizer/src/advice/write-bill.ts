import type { IndexDefinition, Table } from '../catalogue/catalogue.ts';

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

/* A leaf insertion's record: 75 bytes with an 8-byte key on PostgreSQL 15 (measured with pg_current_wal_lsn). */
const WAL_BYTES_BESIDE_KEY = 67;
const PAGE_BYTES = 8192;
/* Of PostgreSQL's planner: what finding the place in a b-tree takes, by page (selfuncs.c), and an index entry. */
const OPERATORS_PER_PAGE = 50;
const CPU_OPERATOR_COST = 0.0025;
const CPU_INDEX_TUPLE_COST = 0.005;

/** Pages between root and leaf where there are so many leaves: some 300 keys fit one. */
function heightOf(bytes: number): number {
  return Math.max(0, Math.ceil(Math.log(Math.max(1, bytes / PAGE_BYTES)) / Math.log(300)));
}

/**
 * Bills the upkeep of an index. A row that is inserted, or updated without being heap-only, takes a descent of the
 * index and a record in the WAL; an update that was heap-only and is of an indexed column takes that for every index
 * of the table.
 *
 * @param bytes what the index takes
 * @param keyBytes what an entry's key takes
 */
export function writeBill(
  index: IndexDefinition,
  table: Table,
  bytes: number,
  keyBytes: number,
  writes: TableWrites | undefined,
): WriteBill {
  const walBytesPerInsert = WAL_BYTES_BESIDE_KEY + keyBytes;
  if (!writes) return { walBytesPerInsert, rows: 0, hotUpdatesLost: 0, cost: undefined };
  const { updates, hotUpdates } = table.activity;
  const hotShare = updates > 0 ? hotUpdates / updates : 1;
  let rows = writes.inserts;
  let hotUpdatesLost = 0;
  for (const update of writes.updates) {
    rows += update.rows * (1 - hotShare);
    if (!touches(index, update.columns)) continue;
    rows += update.rows * hotShare;
    hotUpdatesLost += update.rows * hotShare;
  }
  const perRow =
    (heightOf(bytes) + 1) * OPERATORS_PER_PAGE * CPU_OPERATOR_COST +
    CPU_INDEX_TUPLE_COST +
    walBytesPerInsert / PAGE_BYTES;
  const cost = perRow * (rows + hotUpdatesLost * table.indexes.length);
  return { walBytesPerInsert, rows, hotUpdatesLost, cost };
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
