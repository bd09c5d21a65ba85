import { createHash } from 'node:crypto';
import type { IndexDefinition } from '../catalogue/catalogue.ts';

/* Longer identifiers are cut off by PostgreSQL, which could make two of one. */
const MAX_BYTES = 63;

/** A name as PostgreSQL would give it, `table_a_b_idx`, that is not yet taken. */
export function indexName(
  { table, keys, include, where }: IndexDefinition,
  taken: ReadonlySet<string>,
): string {
  const words = keys.map(({ kind, sql }) =>
    kind === 'column' ? sql : (sql.match(/[a-z_]\w*/gi) ?? []).join('_'),
  );
  const parts = [
    table,
    ...words,
    ...(include.length > 0 ? ['incl'] : []),
    ...(where === undefined ? [] : ['part']),
  ];
  return freeName(parts.join('_'), '_idx', taken);
}

/** A name for the index of a partition that is not yet taken: its parent's, and which partition it is. */
export function partitionIndexName(parent: string, position: number, taken: ReadonlySet<string>): string {
  return freeName(`${parent}_${position}`, '_part', taken);
}

function freeName(base: string, end: string, taken: ReadonlySet<string>): string {
  for (let number = 0; ; number++) {
    const name = fitted(base, number === 0 ? end : `${end}${number}`);
    if (!taken.has(name)) return name;
  }
}

function fitted(base: string, end: string): string {
  const whole = base + end;
  if (Buffer.byteLength(whole) <= MAX_BYTES) return whole;
  const hash = createHash('sha256').update(base).digest('hex').slice(0, 8);
  const rest = `_${hash}${end}`;
  let cut = base;
  while (Buffer.byteLength(cut) + rest.length > MAX_BYTES) cut = [...cut].slice(0, -1).join('');
  return cut + rest;
}
