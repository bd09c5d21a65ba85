import type { Node } from '@pgsql/types';
import { loadModule, parseSync } from 'libpg-query';
import type { Catalogue, Column, ExistingIndex, Table } from '../../src/catalogue/catalogue.ts';

interface DescribedColumn {
  readonly type?: string;
  readonly notNull?: boolean;
  readonly distinct?: number;
  readonly nullFraction?: number;
  readonly width?: number;
  readonly correlation?: number;
  readonly common?: Readonly<Record<string, number>>;
}

export interface DescribedTable {
  readonly rows?: number;
  readonly pages?: number;
  /** Types alone, or more. */
  readonly columns: Readonly<Record<string, string | DescribedColumn>>;
  readonly indexes?: readonly Partial<ExistingIndex>[];
  readonly references?: readonly string[];
  readonly kind?: Table['kind'];
  readonly parent?: string;
}

/** A catalogue of tables in the schema `public`, without a database. */
export function describedCatalogue(
  tables: Readonly<Record<string, DescribedTable>>,
  extensions: readonly string[] = [],
): Catalogue {
  const all = Object.entries(tables).map(([name, table], index) => tableOf(name, table, index));
  return {
    version: 180000,
    searchPath: ['public'],
    settings: new Map(),
    tables: all,
    extensions,
    statisticsSince: undefined,
    missing: [],
    find: (name, schema = 'public') => all.find((table) => table.name === name && table.schema === schema),
  };
}

/** The tree of one statement. */
export async function treeOf(text: string): Promise<Node> {
  await loadModule();
  const [first] = (parseSync(text) as { stmts: { stmt: Node }[] }).stmts;
  if (!first) throw new Error(`no statement: ${text}`);
  return first.stmt;
}

function tableOf(name: string, table: DescribedTable, index: number): Table {
  const { rows = 100_000, pages = Math.ceil(rows / 50), columns, indexes = [], references = [] } = table;
  const { kind = 'table', parent } = table;
  return {
    oid: 16_384 + index,
    schema: 'public',
    name,
    kind,
    parent: parent === undefined ? undefined : { schema: 'public', name: parent },
    rows,
    pages,
    bytes: pages * 8192,
    columns: Object.entries(columns).map(([column, described], at) =>
      columnOf(column, typeof described === 'string' ? { type: described } : described, at + 1),
    ),
    indexes: indexes.map((each, at) => indexOf(name, each, at)),
    foreignKeys: references.map((column) => ({
      name: `${name}_${column}_fkey`,
      columns: [column],
      references: { schema: 'public', table: 'elsewhere', columns: ['id'] },
      onDelete: 'no action',
    })),
    activity: {
      inserts: 0,
      updates: 0,
      hotUpdates: 0,
      deletes: 0,
      sequentialScans: 0,
      indexScans: 0,
      modifiedSinceAnalyze: 0,
      lastAnalyze: undefined,
    },
  };
}

function columnOf(name: string, described: DescribedColumn, number: number): Column {
  const { type = 'integer', notNull = false, distinct = -1, nullFraction = 0, width = 4 } = described;
  const { correlation = 0, common = {} } = described;
  return {
    name,
    number,
    type,
    typeLength: type === 'integer' ? 4 : -1,
    alignment: 4,
    notNull,
    statistics: {
      distinct,
      nullFraction,
      averageWidth: width,
      correlation,
      common: Object.entries(common).map(([value, frequency]) => ({ value, frequency })),
    },
  };
}

function indexOf(table: string, index: Partial<ExistingIndex>, at: number): ExistingIndex {
  return {
    oid: 20_000 + at,
    schema: 'public',
    table,
    name: `${table}_${at}`,
    method: 'btree',
    keys: [],
    include: [],
    where: undefined,
    bytes: 8192,
    pages: 1,
    sql: '',
    isUnique: false,
    isPrimary: false,
    constraint: undefined,
    isReplicaIdentity: false,
    isClustered: false,
    isValid: true,
    scans: 0,
    lastScan: undefined,
    ...index,
  };
}
