import type { Catalogue, Column, IndexDefinition, IndexKey, Table } from '../catalogue/catalogue.ts';
import type { BTreeContents } from './b-tree-size.ts';
import { distinctTogether } from './distinct-together.ts';
import { distinctOf } from './distinct-values.ts';
import { pinnedColumns, shareOf } from './predicate-share.ts';

/** What is known of an index's entries, but for how many there are. */
export type KeyStatistics = Omit<BTreeContents, 'tuples' | 'blockSize'>;

/** Reads it from the statistics of the table. */
export function keysOf(index: IndexDefinition, table: Table, catalogue: Catalogue): KeyStatistics {
  const keys = index.keys.map((key) => readKey(key, table));
  const included = index.include.map((name) => readKey({ kind: 'column', sql: name }, table));
  const rows = (table.rows ?? 0) * shareOf(index.where, table);
  return {
    ...groupsOf(index, keys, table, catalogue, rows),
    dataBytes: layOut([...keys, ...included]),
    keyBytes: layOut(keys),
    deviation: Math.hypot(...[...keys, ...included].map(({ deviation }) => deviation)),
    nullShare: 1 - [...keys, ...included].reduce((share, { nulls }) => share * (1 - nulls), 1),
    isDeduplicated: included.length === 0 && keys.every(({ isDeduplicable }) => isDeduplicable),
  };
}

interface Key {
  /** Where it is a column, or says nothing but of one. */
  readonly column: Column | undefined;
  readonly width: number;
  readonly alignment: number;
  /** Of the widths, in bytes. */
  readonly deviation: number;
  readonly nulls: number;
  readonly isDeduplicable: boolean;
  /** Where no column tells. */
  readonly distinct?: number;
}

/* A short value of varying length takes a byte before it and is not aligned; a longer one takes four and is. */
const SHORT = 127;

/* A text out of a JSON value: of its width and its values nothing is known, and the planner takes them for 200. */
const JSON_TEXT = /(?:->>|#>>)[^>]*$/;
const OF_JSON: Key = {
  column: undefined,
  width: 8,
  alignment: 1,
  deviation: 3,
  nulls: 0,
  isDeduplicable: true,
  distinct: 200,
};

/* Widths of which nothing is known deviate so that any alignment is as likely as any other. */
const UNKNOWN_DEVIATION = 4;

/* A numeric takes two bytes for four digits. */
const NUMERIC_BYTES_PER_DIGIT = 0.5;

/* What an expression is taken to give where nothing tells. */
const UNKNOWN_WIDTH = 16;

function readKey(key: IndexKey, table: Table): Key {
  const column = columnOf(key, table);
  if (key.kind === 'expression' && JSON_TEXT.test(key.sql)) return OF_JSON;
  const cast = key.kind === 'expression' ? castOf(key.sql) : undefined;
  const nulls = column?.statistics?.nullFraction ?? 0;
  if (cast) return { column, ...cast, deviation: 0, nulls, isDeduplicable: true };
  if (!column) {
    const unknown = { width: UNKNOWN_WIDTH, alignment: 1, deviation: UNKNOWN_DEVIATION };
    return { column, ...unknown, nulls, isDeduplicable: true };
  }
  const isDeduplicable = looksAsItIs(column.type);
  if (column.typeLength > 0) {
    const { typeLength: width, alignment } = column;
    return { column, width, alignment, deviation: 0, nulls, isDeduplicable };
  }
  const width = column.statistics?.averageWidth ?? guessWidth(column.type);
  return {
    column,
    width,
    alignment: width > SHORT ? 4 : 1,
    deviation: deviationOf(column),
    nulls,
    isDeduplicable,
  };
}

function deviationOf({ type, statistics }: Column): number {
  const { widthDeviation = UNKNOWN_DEVIATION } = statistics ?? {};
  return type.startsWith('numeric') ? widthDeviation * NUMERIC_BYTES_PER_DIGIT : widthDeviation;
}

/** `lower(name)` is taken for `name`: the one column that an expression mentions. */
function columnOf({ kind, sql }: IndexKey, table: Table): Column | undefined {
  if (kind === 'column') return table.columns.find(({ name }) => name === sql);
  const words = new Set(sql.match(/"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  const mentioned = table.columns.filter(
    ({ name }) => words.has(name) || words.has(`"${name.replaceAll('"', '""')}"`),
  );
  return mentioned.length === 1 ? mentioned[0] : undefined;
}

/* Types that an expression is often cast to. */
const CASTS: Readonly<Record<string, { readonly width: number; readonly alignment: number }>> = {
  date: { width: 4, alignment: 4 },
  integer: { width: 4, alignment: 4 },
  int: { width: 4, alignment: 4 },
  int4: { width: 4, alignment: 4 },
  bigint: { width: 8, alignment: 8 },
  int8: { width: 8, alignment: 8 },
  boolean: { width: 1, alignment: 1 },
  bool: { width: 1, alignment: 1 },
  uuid: { width: 16, alignment: 1 },
  timestamp: { width: 8, alignment: 8 },
  timestamptz: { width: 8, alignment: 8 },
};

function castOf(sql: string): { width: number; alignment: number } | undefined {
  const type = /::\s*(\w+)\s*\)*$/.exec(sql)?.[1] ?? /^\(*\s*cast\s*\(.* as (\w+)\s*\)+$/i.exec(sql)?.[1];
  return type === undefined ? undefined : CASTS[type.toLowerCase()];
}

function guessWidth(type: string): number {
  const length = /\((\d+)/.exec(type)?.[1];
  return length === undefined ? 32 : Math.min(32, Number(length));
}

/* Equal values of these may differ in how they look (1.0 and 1.00), so that nbtree keeps a tuple for each. */
const DIFFERING = /^(?:numeric|real|double precision|jsonb|interval|record|.*range)\b|\[\]$/;

function looksAsItIs(type: string): boolean {
  return !DIFFERING.test(type);
}

/** Bytes of the values one after another, each where its alignment allows. */
function layOut(keys: readonly Key[]): number {
  let bytes = 0;
  for (const { width, alignment, nulls } of keys) {
    bytes = Math.ceil(bytes / alignment) * alignment;
    bytes += width * (1 - nulls);
  }
  return bytes;
}

/** How the rows fall into keys: the common ones of a single column as its statistics say, the others evenly. */
function groupsOf(
  index: IndexDefinition,
  keys: readonly Key[],
  table: Table,
  catalogue: Catalogue,
  rows: number,
): { distinctOfRest: number; groups: number[] } {
  const pinned = pinnedColumns(index.where, table);
  const free = keys.filter(({ column }) => column === undefined || !pinned.has(column.name));
  const [only] = free;
  if (free.length === 0) return { distinctOfRest: 0, groups: [rows] };
  if (free.length === 1 && only?.column?.statistics) {
    const { statistics } = only.column;
    const distinct = Math.min(rows, distinctOf(only.column, table.rows ?? 0));
    const groups = statistics.common.map(({ frequency }) => frequency * rows);
    if (statistics.nullFraction > 0) groups.push(statistics.nullFraction * rows);
    return { distinctOfRest: Math.max(0, distinct - statistics.common.length), groups };
  }
  const columns = free.flatMap(({ column }) => column ?? []);
  const others = free.reduce(
    (product, { column, distinct = rows }) => (column ? product : product * distinct),
    1,
  );
  return { distinctOfRest: distinctTogether(columns, others, table, catalogue, rows), groups: [] };
}
