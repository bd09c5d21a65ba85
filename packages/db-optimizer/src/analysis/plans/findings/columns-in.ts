import type { Table } from '../../../catalogue/catalogue.ts';

/* Strings, casts, and names, quoted or not, with the alias before and what tells a function after. */
const NAME = '"(?:[^"]|"")*"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*';
const TOKEN = new RegExp(`'(?:[^']|'')*'|::\\s*(?:${NAME})|(?:(${NAME})\\.)?(${NAME})(\\s*\\()?`, 'g');

/**
 * The columns of a table that an expression of EXPLAIN speaks of, in its order. Where several tables are at hand, it
 * writes them all with their aliases.
 */
export function columnsIn(expression: string, table: Table, alias: string | undefined): string[] {
  const known = new Set(table.columns.map(({ name }) => name));
  const found = new Set<string>();
  for (const [, qualifier, name, call] of expression.matchAll(TOKEN)) {
    if (name === undefined || call !== undefined) continue;
    if (qualifier !== undefined && bare(qualifier) !== alias) continue;
    if (known.has(bare(name))) found.add(bare(name));
  }
  return [...found];
}

function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
