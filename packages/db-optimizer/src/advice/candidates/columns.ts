import type { Column, Table } from '../../catalogue/catalogue.ts';
import type { KeyTerm } from '../usage/statement-usage.ts';

/* Types without an order of their own, or whose order nobody asks for. */
const UNORDERED = new Set([
  'json',
  'jsonb',
  'xml',
  'point',
  'line',
  'lseg',
  'box',
  'path',
  'polygon',
  'circle',
  'tsvector',
  'tsquery',
  'geometry',
  'geography',
  'vector',
]);

/* An entry of a b-tree has to fit three times on a page (2704 bytes): longer values make the index fail to build. */
const MAX_KEY_WIDTH = 200;
/* Bytes of an entry: longer ones take so much room that the table itself is read as fast. */
const MAX_ENTRY_WIDTH = 160;
const UNKNOWN_WIDTH = 32;

/* In a smaller table nothing is found faster by an index. */
export const MIN_PAGES = 8;

/** Whether a table is too small for an index. */
export function isSmall({ pages, rows }: Table, minPages: number): boolean {
  // One that was never analysed may be of any size.
  return pages < minPages && rows !== undefined;
}

/** Whether a b-tree can be keyed by a term. */
export function canBeKey(table: Table, term: KeyTerm): boolean {
  return term.columns.every((name) => {
    const column = columnOf(table, name);
    if (column === undefined) return false;
    if (term.kind === 'expression') return true;
    return !UNORDERED.has(column.type.replace(/\(.*/, '')) && widthOf(column) <= MAX_KEY_WIDTH;
  });
}

export function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}

/** The operator class that lets a b-tree answer `like 'ab%'` in any collation. */
export function patternClassOf(table: Table, term: KeyTerm): string {
  const type = term.kind === 'column' ? columnOf(table, term.sql)?.type : undefined;
  return type?.startsWith('character(') || type === 'bpchar' ? 'bpchar_pattern_ops' : 'text_pattern_ops';
}

/**
 * What an index has to carry besides its keys for a query never to look into the table; undefined where that is
 * nothing, or too much.
 */
export function includedColumns(
  table: Table,
  needed: ReadonlySet<string>,
  keys: readonly KeyTerm[],
): readonly string[] | undefined {
  const keyed = new Set(keys.flatMap(({ kind, sql }) => (kind === 'column' ? [sql] : [])));
  const rest = table.columns.filter(({ name }) => needed.has(name) && !keyed.has(name));
  if (rest.length === 0) return undefined;
  const all = [...rest, ...table.columns.filter(({ name }) => keyed.has(name))];
  const width = all.reduce((sum, column) => sum + widthOf(column), 0);
  return width > MAX_ENTRY_WIDTH ? undefined : rest.map(({ name }) => name);
}

/** Bytes of a value in the mean. */
function widthOf({ statistics, typeLength }: Column): number {
  return statistics?.averageWidth ?? (typeLength > 0 ? typeLength : UNKNOWN_WIDTH);
}
