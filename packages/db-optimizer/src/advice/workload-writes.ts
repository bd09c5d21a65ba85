import type { Table } from '../catalogue/catalogue.ts';
import type { StatementUsage } from './usage/statement-usage.ts';
import type { TableWrites } from './write-bill.ts';

/** A statement of the workload that may write. */
export interface WritingStatement {
  readonly usage: StatementUsage;
  readonly calls: number;
  /** Rows that each call changes, in the mean. */
  readonly rowsPerCall: number;
}

/**
 * Rows written to each table during the workload: by its own statements, or, for a table that none of them writes,
 * by the server's counts, brought to the length of the workload.
 *
 * @param windowShare how long the workload took, to how long the server has counted; undefined if not known
 * @returns by `Table.oid`; without the tables of which nothing is known
 */
export function writesOf(
  statements: readonly WritingStatement[],
  tables: readonly Table[],
  windowShare: number | undefined,
): Map<number, TableWrites> {
  const writes = new Map<number, TableWrites>();
  for (const { usage, calls, rowsPerCall } of statements) {
    for (const { table, kind, columns } of usage.writes) {
      const { inserts, deletes, updates } = writes.get(table.oid) ?? { inserts: 0, deletes: 0, updates: [] };
      const rows = calls * rowsPerCall;
      writes.set(table.oid, {
        inserts: kind === 'insert' ? inserts + rows : inserts,
        deletes: kind === 'delete' ? deletes + rows : deletes,
        updates: kind === 'update' ? [...updates, { rows, columns: new Set(columns) }] : updates,
      });
    }
  }
  if (windowShare === undefined) return writes;
  for (const { oid, activity } of tables) {
    if (writes.has(oid)) continue;
    writes.set(oid, {
      inserts: activity.inserts * windowShare,
      deletes: activity.deletes * windowShare,
      updates: [{ rows: activity.updates * windowShare, columns: undefined }],
    });
  }
  return writes;
}
