import type {
  Catalogue,
  Column,
  ColumnStatistics,
  ExistingIndex,
  Table,
} from '../../src/catalogue/catalogue.ts';

/** A catalogue of these tables in the schema `public`, without a database. */
export function catalogueOf(tables: readonly Table[], changes: Partial<Catalogue> = {}): Catalogue {
  return {
    version: 180000,
    searchPath: ['public'],
    settings: new Map(),
    tables,
    statisticsSince: undefined,
    missing: [],
    find: (name, schema = 'public') => tables.find((each) => each.name === name && each.schema === schema),
    ...changes,
  };
}

/** A column of a test, of whole numbers unless it says otherwise. */
export function column(name: string, changes: Partial<Column> = {}): Column {
  return {
    name,
    number: 1,
    type: 'integer',
    typeLength: 4,
    alignment: 4,
    notNull: true,
    statistics: statistics(),
    ...changes,
  };
}

export function statistics(changes: Partial<ColumnStatistics> = {}): ColumnStatistics {
  return { distinct: -1, nullFraction: 0, averageWidth: 4, correlation: 0, common: [], ...changes };
}

/** A table of a test: 100,000 rows, analysed, never written. */
export function table(changes: Partial<Table> = {}, activity: Partial<Table['activity']> = {}): Table {
  return {
    oid: 1,
    schema: 'public',
    name: 'orders',
    kind: 'table',
    parent: undefined,
    rows: 100_000,
    pages: 1000,
    bytes: 8_192_000,
    columns: [column('id'), column('customer'), column('note', { type: 'text', typeLength: -1 })],
    indexes: [],
    foreignKeys: [],
    activity: {
      inserts: 0,
      updates: 0,
      hotUpdates: 0,
      deletes: 0,
      sequentialScans: 0,
      indexScans: 0,
      modifiedSinceAnalyze: 0,
      lastAnalyze: 1,
      ...activity,
    },
    ...changes,
  };
}

export function existingIndex(
  columns: readonly string[],
  changes: Partial<ExistingIndex> = {},
): ExistingIndex {
  return {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: columns.map((sql) => ({ kind: 'column', sql })),
    include: [],
    where: undefined,
    oid: 2,
    name: `orders_${columns.join('_')}_idx`,
    bytes: 819_200,
    pages: 100,
    sql: '',
    isUnique: false,
    isPrimary: false,
    constraint: undefined,
    isReplicaIdentity: false,
    isClustered: false,
    isValid: true,
    scans: 0,
    lastScan: undefined,
    ...changes,
  };
}
