import type {
  Column,
  ColumnStatistics,
  DistinctTogether,
  ExistingIndex,
  ForeignKey,
  IndexKey,
  Table,
} from './catalogue.ts';
import type {
  ActivityRow,
  ColumnRow,
  ForeignKeyRow,
  IndexRow,
  TableRow,
  TogetherRow,
} from './catalogue-queries.ts';

/** A table of the catalogue from what the query gave. */
export function toTable(row: TableRow, blockSize: number): Table {
  const pages = Math.ceil(row.bytes / blockSize);
  const together = (row.together ?? []).flatMap((each) => toDistinctTogether(each, row.columns));
  return {
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    kind: kindOf(row),
    parent: row.parent ?? undefined,
    rows: rowsOf(row, pages),
    pages,
    ...(pages > 0 && { visibleShare: Math.min(1, row.visiblePages / pages) }),
    bytes: row.bytes,
    columns: row.columns.map(toColumn),
    indexes: (row.indexes ?? []).map((index) => toIndex(index, row, blockSize)),
    foreignKeys: (row.foreignKeys ?? []).map(toForeignKey),
    ...(together.length > 0 && { distinctTogether: together }),
    activity: toActivity(row.activity),
  };
}

function kindOf({ kind, isPartition }: TableRow): Table['kind'] {
  if (kind === 'p') return 'partitioned';
  if (kind === 'm') return 'materialised view';
  return isPartition ? 'partition' : 'table';
}

/** As the planner counts: so many rows a page as when they were last counted, on the pages there are now. */
function rowsOf({ tuples, analyzedPages, kind }: TableRow, pages: number): number | undefined {
  if (tuples < 0) return undefined;
  if (analyzedPages <= 0 || kind === 'p') return pages === 0 || kind === 'p' ? tuples : undefined;
  return Math.round((tuples / analyzedPages) * pages);
}

const ALIGNMENTS: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };

function toColumn(row: ColumnRow): Column {
  return {
    name: row.name,
    number: row.number,
    type: row.type,
    typeLength: row.length,
    alignment: ALIGNMENTS[row.align] ?? 4,
    notNull: row.notNull,
    statistics: toStatistics(row),
  };
}

function toStatistics(row: ColumnRow): ColumnStatistics | undefined {
  if (row.distinct === null || row.nulls === null || row.width === null) return undefined;
  const values = row.values ?? [];
  return {
    distinct: row.distinct,
    nullFraction: row.nulls,
    averageWidth: row.width,
    ...(row.deviation !== null && { widthDeviation: row.deviation }),
    correlation: row.correlation ?? undefined,
    common: (row.frequencies ?? []).flatMap((frequency, at) => {
      const value = values[at];
      return value === undefined ? [] : [{ value, frequency }];
    }),
  };
}

const CONSTRAINTS: Readonly<Record<string, string>> = { p: 'primary key', u: 'unique', x: 'exclusion' };

function toIndex(row: IndexRow, { schema, name: table }: TableRow, blockSize: number): ExistingIndex {
  return {
    schema,
    table,
    method: row.method,
    keys: row.keys.filter(({ option }) => option !== null).map(toKey),
    include: row.keys.filter(({ option }) => option === null).flatMap(({ column }) => column ?? []),
    where: row.predicate ?? undefined,
    oid: row.oid,
    name: row.name,
    bytes: row.bytes,
    pages: Math.ceil(row.bytes / blockSize),
    sql: row.sql,
    isUnique: row.isUnique,
    isPrimary: row.isPrimary,
    constraint: row.constraint === null ? undefined : CONSTRAINTS[row.constraint],
    isReplicaIdentity: row.isReplicaIdentity,
    isClustered: row.isClustered,
    isValid: row.isValid,
    scans: row.scans ?? 0,
    lastScan: row.lastScan ?? undefined,
  };
}

const DESCENDING = 1;
const NULLS_FIRST = 2;

function toKey({ column, sql, option, operatorClass, collation }: IndexRow['keys'][number]): IndexKey {
  const descending = ((option ?? 0) & DESCENDING) !== 0;
  const first = ((option ?? 0) & NULLS_FIRST) !== 0;
  // In SQL the collation stands where the class does, right before it.
  const collate = collation === null ? undefined : `collate ${collation}`;
  const kind = [collate, operatorClass ?? undefined].filter((word) => word !== undefined).join(' ');
  return {
    kind: column === null ? 'expression' : 'column',
    sql: column ?? sql,
    ...(descending && { descending }),
    ...(first !== descending && { nulls: first ? 'first' : 'last' }),
    ...(kind !== '' && { operatorClass: kind }),
  };
}

const ON_DELETE: Readonly<Record<string, ForeignKey['onDelete']>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function toForeignKey(row: ForeignKeyRow): ForeignKey {
  return {
    name: row.name,
    columns: row.columns,
    references: { schema: row.schema, table: row.table, columns: row.references },
    onDelete: ON_DELETE[row.onDelete] ?? 'no action',
  };
}

/** Of one statistics object, each set of columns it counted. Expressions, numbered below 0, are left out. */
function toDistinctTogether({ distinct }: TogetherRow, columns: readonly ColumnRow[]): DistinctTogether[] {
  const names = new Map(columns.map(({ number, name }) => [number, name]));
  return Object.entries(JSON.parse(distinct) as Record<string, number>).flatMap(([numbers, value]) => {
    const together = numbers.split(',').map((number) => names.get(Number(number)));
    return together.every((name) => name !== undefined) ? [{ columns: together, distinct: value }] : [];
  });
}

function toActivity(row: ActivityRow | null): Table['activity'] {
  return {
    inserts: row?.inserts ?? 0,
    updates: row?.updates ?? 0,
    hotUpdates: row?.hotUpdates ?? 0,
    deletes: row?.deletes ?? 0,
    sequentialScans: row?.sequentialScans ?? 0,
    indexScans: row?.indexScans ?? 0,
    modifiedSinceAnalyze: row?.modified ?? 0,
    lastAnalyze: row?.analyzed ?? undefined,
  };
}
