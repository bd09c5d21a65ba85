import type { Catalogue, Column, Table } from '../catalogue/catalogue.ts';
import { distinctOf } from './distinct-values.ts';

/**
 * How many distinct values columns have together: from extended statistics or from keys that say it, else as if they
 * were independent.
 *
 * @param others distinct values of what else is in the key
 */
export function distinctTogether(
  columns: readonly Column[],
  others: number,
  table: Table,
  catalogue: Catalogue,
  rows: number,
): number {
  const names = columns.map(({ name }) => name);
  const isCovered = (some: readonly string[]): boolean => some.every((name) => names.includes(name));
  const isUnique = table.indexes.some(
    (index) =>
      index.isUnique &&
      index.where === undefined &&
      index.keys.every(({ kind }) => kind === 'column') &&
      isCovered(index.keys.map(({ sql }) => sql)),
  );
  if (isUnique) return rows;
  // Sets of columns of which it is known how many there are together; the others count each by itself.
  const known = [...fromStatistics(table), ...fromForeignKeys(table, catalogue)]
    .filter((each) => isCovered(each.columns))
    .sort((a, b) => b.columns.length - a.columns.length || a.distinct - b.distinct);
  const left = new Set(names);
  let combinations = others;
  for (const { columns: together, distinct } of known) {
    if (!together.every((name) => left.has(name))) continue;
    for (const name of together) left.delete(name);
    combinations *= distinct;
  }
  for (const column of columns) {
    if (left.has(column.name)) combinations *= distinctOf(column, table.rows ?? rows);
  }
  // So many boxes, so many rows thrown at random: how many boxes are hit.
  return Math.max(1, combinations * -Math.expm1(-rows / combinations));
}

interface Together {
  readonly columns: readonly string[];
  readonly distinct: number;
}

function fromStatistics({ distinctTogether: all = [], rows = 0 }: Table): Together[] {
  return all.map(({ columns, distinct }) => ({
    columns,
    distinct: distinct < 0 ? -distinct * rows : distinct,
  }));
}

/** A reference of two columns has no more values than rows to refer to. */
function fromForeignKeys({ foreignKeys }: Table, catalogue: Catalogue): Together[] {
  return foreignKeys.flatMap(({ columns, references }) => {
    const rows = catalogue.find(references.table, references.schema)?.rows;
    return columns.length < 2 || rows === undefined || rows <= 0 ? [] : [{ columns, distinct: rows }];
  });
}
