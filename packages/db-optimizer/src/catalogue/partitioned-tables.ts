import type { Table } from './catalogue.ts';

/**
 * The tables, partitioned ones as large and as busy as their partitions together: of their own they have no pages, and
 * nothing is counted. When they were analysed is their own, since that is not done with the partitions'.
 */
export function addUpPartitions(tables: readonly Table[]): Table[] {
  return tables.map((table) => {
    if (table.kind !== 'partitioned') return table;
    const parts = leavesOf(table, tables);
    const sum = (of: (part: Table) => number): number => parts.reduce((total, part) => total + of(part), 0);
    const areCounted = parts.length > 0 && parts.every(({ rows }) => rows !== undefined);
    return {
      ...table,
      pages: sum(({ pages }) => pages),
      bytes: sum(({ bytes }) => bytes),
      rows: table.rows ?? (areCounted ? sum(({ rows = 0 }) => rows) : undefined),
      activity: {
        ...table.activity,
        inserts: sum(({ activity }) => activity.inserts),
        updates: sum(({ activity }) => activity.updates),
        hotUpdates: sum(({ activity }) => activity.hotUpdates),
        deletes: sum(({ activity }) => activity.deletes),
        sequentialScans: sum(({ activity }) => activity.sequentialScans),
        indexScans: sum(({ activity }) => activity.indexScans),
      },
    };
  });
}

/** The partitions right below a table; they may be partitioned themselves. */
export function partitionsOf({ schema, name }: Table, tables: readonly Table[]): Table[] {
  return tables.filter(({ parent }) => parent?.name === name && parent.schema === schema);
}

function leavesOf(table: Table, tables: readonly Table[]): Table[] {
  return partitionsOf(table, tables).flatMap((part) =>
    part.kind === 'partitioned' ? leavesOf(part, tables) : part,
  );
}
