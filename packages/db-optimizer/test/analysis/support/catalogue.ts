import type { Catalogue, Column, ExistingIndex, IndexKey, Table } from '../../../src/catalogue/catalogue.ts';
import { createIndexSql } from '../../../src/indexes/index-definition.ts';

export const DAY = 86_400_000;
export const NOW = 1_800_000_000_000;

/** A catalogue of these tables, its counts begun 60 days ago. */
export function catalogueOf(tables: readonly Table[], rest: Partial<Catalogue> = {}): Catalogue {
  return {
    version: 150018,
    searchPath: ['public'],
    settings: new Map(),
    tables,
    statisticsSince: NOW - 60 * DAY,
    missing: [],
    find: (name, schema = 'public') => tables.find((table) => table.name === name && table.schema === schema),
    ...rest,
  };
}

type TableFields = Partial<Omit<Table, 'columns' | 'activity' | 'indexes'>> & {
  columns?: readonly (string | Column)[];
  activity?: Partial<Table['activity']>;
  indexes?: readonly (Partial<ExistingIndex> & { name: string })[];
};

/** A table of 100,000 rows on 1,000 pages, analysed yesterday, but for what is given. */
export function tableOf(
  name: string,
  { columns = ['id', 'a', 'b', 'c'], activity, indexes = [], ...rest }: TableFields = {},
): Table {
  return {
    oid: 1000,
    schema: 'public',
    name,
    kind: 'table',
    parent: undefined,
    rows: 100_000,
    pages: 1000,
    bytes: 8_192_000,
    columns: columns.map((column, at) => (typeof column === 'string' ? columnOf(column, at + 1) : column)),
    indexes: indexes.map((index, at) => indexOf(name, { oid: 2000 + at, ...index })),
    foreignKeys: [],
    activity: {
      inserts: 0,
      updates: 0,
      hotUpdates: 0,
      deletes: 0,
      sequentialScans: 0,
      indexScans: 0,
      modifiedSinceAnalyze: 0,
      lastAnalyze: NOW - DAY,
      ...activity,
    },
    ...rest,
  };
}

function columnOf(name: string, number = 1): Column {
  const statistics = { distinct: -1, nullFraction: 0, averageWidth: 4, correlation: 1, common: [] };
  return { name, number, type: 'integer', typeLength: 4, alignment: 4, notNull: true, statistics };
}

export function key(sql: string, rest: Partial<IndexKey> = {}): IndexKey {
  return { kind: 'column', sql, ...rest };
}

/** A b-tree of 2 MB on `a` that was scanned, but for what is given. */
export function indexOf(table: string, fields: Partial<ExistingIndex> & { name: string }): ExistingIndex {
  const index = {
    oid: 2000,
    schema: 'public',
    table,
    method: 'btree',
    keys: [key('a')],
    include: [],
    where: undefined,
    bytes: 2_097_152,
    pages: 256,
    isUnique: false,
    isPrimary: false,
    constraint: undefined,
    isReplicaIdentity: false,
    isClustered: false,
    isValid: true,
    scans: 10,
    lastScan: undefined,
    ...fields,
  };
  const sql = createIndexSql(index, { name: index.name })
    .replace('create index', 'CREATE INDEX')
    .replace(' using ', ' USING ');
  return { ...index, sql: fields.sql ?? (index.isUnique ? sql.replace('CREATE', 'CREATE UNIQUE') : sql) };
}
