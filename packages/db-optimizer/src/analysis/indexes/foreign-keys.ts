import { formatBytes } from '@evenkeel/core';
import type { Catalogue, ExistingIndex, ForeignKey, Table } from '../../catalogue/catalogue.ts';
import { type MissingForeignKeyIndex, nameOf } from './index-finding.ts';

/* A table of few pages is read as fast as its index. */
const FEW_PAGES = 16;

/** Foreign keys whose table is read whole, whenever a row they refer to is deleted or its key changed. */
export function missingForeignKeyIndexes(table: Table, catalogue: Catalogue): MissingForeignKeyIndex[] {
  if (table.pages < FEW_PAGES && table.kind !== 'partitioned') return [];
  // Partitions have their parent's foreign keys, and its indexes.
  const own = table.foreignKeys.filter((key) => !isInherited(key, table, catalogue));
  const missing = own.filter(
    ({ columns }) => !table.indexes.some((index) => index.isValid && supportsForeignKey(index, columns)),
  );
  const groups = new Map<string, ForeignKey[]>();
  for (const key of missing) {
    const columns = JSON.stringify([...key.columns].sort());
    groups.set(columns, [...(groups.get(columns) ?? []), key]);
  }
  return [...groups.values()].flatMap((keys) => {
    const [first] = keys;
    if (!first) return [];
    // An index for a longer foreign key that begins with these columns serves this one too.
    const isServed = missing.some(
      ({ columns }) =>
        columns.length > first.columns.length &&
        sameSet(columns.slice(0, first.columns.length), first.columns),
    );
    return isServed ? [] : [tell(table, first, keys, catalogue)];
  });
}

/** Whether the rows of a foreign key's value are found by the index, whatever the order of its columns. */
export function supportsForeignKey(
  { method, keys, where }: ExistingIndex,
  columns: readonly string[],
): boolean {
  if (method !== 'btree' && !(method === 'hash' && columns.length === 1)) return false;
  if (where !== undefined && !columns.some((column) => isNotNull(where, column))) return false;
  const first = keys.slice(0, columns.length);
  return (
    first.every(({ kind }) => kind === 'column') &&
    sameSet(
      first.map(({ sql }) => sql),
      columns,
    )
  );
}

/** What a foreign key looks for is never NULL. */
function isNotNull(where: string, column: string): boolean {
  const quoted = `"${column.replaceAll('"', '""')}"`;
  const bare = where.replace(/^\((.*)\)$/, '$1');
  return [column, quoted].some((name) => bare.toLowerCase() === `${name} is not null`.toLowerCase());
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === new Set(a).size;
}

function isInherited({ name, columns }: ForeignKey, { parent }: Table, catalogue: Catalogue): boolean {
  if (!parent) return false;
  const above = catalogue.find(parent.name, parent.schema);
  return above?.foreignKeys.some((key) => key.name === name && sameSet(key.columns, columns)) === true;
}

function tell(
  table: Table,
  { columns }: ForeignKey,
  keys: readonly ForeignKey[],
  catalogue: Catalogue,
): MissingForeignKeyIndex {
  const names = keys.map(({ name }) => name);
  const parents = keys.map(({ references }) => catalogue.find(references.table, references.schema));
  const sum = (of: 'deletes' | 'updates'): number =>
    parents.reduce((total, parent) => total + (parent?.activity[of] ?? 0), 0);
  const deletes = sum('deletes');
  const part = table.indexes.find(
    ({ isValid, method, where, keys: [first] }) =>
      isValid &&
      method === 'btree' &&
      where === undefined &&
      first?.kind === 'column' &&
      columns.includes(first.sql),
  );
  const caveats: string[] = [];
  if (deletes === 0)
    caveats.push('No referenced row was deleted since counting began: it helps joins alone until one is.');
  if (part) caveats.push(`${part.name} finds them by ${part.keys[0]?.sql} already, which may be enough.`);
  const target = keys[0]?.references;
  const effect = keys.some(({ onDelete }) => onDelete !== 'no action' && onDelete !== 'restrict')
    ? 'to change the rows that refer to it'
    : 'to see that none refers to it';
  return {
    id: `foreign-key:${nameOf(table)}:${columns.join(',')}`,
    definition: {
      schema: table.schema,
      table: table.name,
      method: 'btree',
      keys: columns.map((sql) => ({ kind: 'column', sql })),
      include: [],
      where: undefined,
    },
    foreignKeys: names,
    message: `No index supports the foreign key ${names.join(', ')} of ${nameOf(table)} (${columns.join(', ')}): each deleted row of ${target?.schema}.${target?.table} reads all ${formatBytes(table.bytes)}, ${effect}.`,
    caveats,
    evidence: {
      rows: table.rows,
      bytes: table.bytes,
      referencedDeletes: deletes,
      referencedUpdates: sum('updates'),
      onDelete: keys.map(({ onDelete }) => onDelete),
      inserts: table.activity.inserts,
      sequentialScans: table.activity.sequentialScans,
    },
  };
}
