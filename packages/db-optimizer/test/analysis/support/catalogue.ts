import type { Catalogue, Column, ExistingIndex, IndexKey, Table } from '../../../src/catalogue/catalogue.ts';
import { createIndexSql } from '../../../src/indexes/index-definition.ts';
import {
  column,
  existingIndex,
  catalogueOf as plainCatalogue,
  statistics,
  table,
} from '../../support/table.ts';

export const DAY = 86_400_000;
export const NOW = 1_800_000_000_000;

/** A catalogue of PostgreSQL 15 of these tables, its counts begun 60 days ago. */
export function catalogueOf(tables: readonly Table[], rest: Partial<Catalogue> = {}): Catalogue {
  return plainCatalogue(tables, { version: 150018, statisticsSince: NOW - 60 * DAY, ...rest });
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
  return table(
    {
      oid: 1000,
      name,
      columns: columns.map((each, at) => (typeof each === 'string' ? columnOf(each, at + 1) : each)),
      indexes: indexes.map((index, at) => indexOf(name, { oid: 2000 + at, ...index })),
      ...rest,
    },
    { lastAnalyze: NOW - DAY, ...activity },
  );
}

/** Whose values lie in the order of its rows. */
function columnOf(name: string, number: number): Column {
  return column(name, { number, statistics: statistics({ correlation: 1 }) });
}

export function key(sql: string, rest: Partial<IndexKey> = {}): IndexKey {
  return { kind: 'column', sql, ...rest };
}

/** A b-tree of 2 MB on `a` that was scanned, but for what is given. */
export function indexOf(table: string, fields: Partial<ExistingIndex> & { name: string }): ExistingIndex {
  const index = existingIndex(['a'], {
    oid: 2000,
    table,
    bytes: 2_097_152,
    pages: 256,
    scans: 10,
    ...fields,
  });
  const sql = createIndexSql(index, { name: index.name })
    .replace('create index', 'CREATE INDEX')
    .replace(' using ', ' USING ');
  return { ...index, sql: fields.sql ?? (index.isUnique ? sql.replace('CREATE', 'CREATE UNIQUE') : sql) };
}
