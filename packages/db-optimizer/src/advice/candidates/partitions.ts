import type { Catalogue, Table } from '../../catalogue/catalogue.ts';
import type { StatementUsage } from '../usage/statement-usage.ts';

/** The usage with partitioned tables as large as their partitions together: they have no pages of their own. */
export function withPartitions(usage: StatementUsage, catalogue: Catalogue): StatementUsage {
  if (!usage.tables.some(({ table }) => table.kind === 'partitioned')) return usage;
  return {
    ...usage,
    tables: usage.tables.map((place) => ({ ...place, table: whole(place.table, catalogue) })),
  };
}

function whole(table: Table, catalogue: Catalogue): Table {
  if (table.kind !== 'partitioned') return table;
  const parts = leavesOf(table, catalogue);
  const pages = parts.reduce((sum, part) => sum + part.pages, 0);
  const rows = parts.every((part) => part.rows !== undefined)
    ? parts.reduce((sum, part) => sum + (part.rows ?? 0), 0)
    : undefined;
  return { ...table, pages, rows: table.rows ?? rows };
}

/** Partitions may be partitioned themselves. */
function leavesOf(table: Table, catalogue: Catalogue): Table[] {
  return catalogue.tables
    .filter(({ parent }) => parent?.name === table.name && parent.schema === table.schema)
    .flatMap((part) => (part.kind === 'partitioned' ? leavesOf(part, catalogue) : part));
}
