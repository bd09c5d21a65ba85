import type { ExistingIndex, IndexDefinition, IndexKey, Table } from '../../catalogue/catalogue.ts';

/** Whether an index of the table does already what another one would. */
export function isCovered(index: IndexDefinition, table: Table): boolean {
  return table.indexes.some((existing) => existing.isValid && doesTheSame(existing, index));
}

function doesTheSame(existing: ExistingIndex, index: IndexDefinition): boolean {
  if (existing.method !== index.method) return false;
  if (existing.where !== undefined && normalized(existing.where) !== normalized(index.where)) return false;
  if (index.method === 'gin')
    return index.keys.every((key) => existing.keys.some((other) => isSameKey(key, other)));
  if (existing.keys.length < index.keys.length) return false;
  const begins = (reversed: boolean): boolean =>
    index.keys.every((key, at) => {
      const other = existing.keys[at];
      return other !== undefined && isSameKey(key, other) && isSameOrder(key, other, reversed);
    });
  if (!begins(false) && !begins(true)) return false;
  const carried = new Set([...existing.keys.map(({ sql }) => sql), ...existing.include]);
  return index.include.every((column) => carried.has(column));
}

function isSameKey(one: IndexKey, other: IndexKey): boolean {
  if (one.kind !== other.kind || (one.operatorClass ?? '') !== (other.operatorClass ?? '')) return false;
  return one.kind === 'column' ? one.sql === other.sql : normalized(one.sql) === normalized(other.sql);
}

/** An index is read from either end, so that all its orders may be reversed. */
function isSameOrder(one: IndexKey, other: IndexKey, reversed: boolean): boolean {
  const descending = one.descending ?? false;
  const nullsFirst = one.nulls === undefined ? descending : one.nulls === 'first';
  const otherDescending = other.descending ?? false;
  const otherNullsFirst = other.nulls === undefined ? otherDescending : other.nulls === 'first';
  return (descending === otherDescending) !== reversed && (nullsFirst === otherNullsFirst) !== reversed;
}

/* PostgreSQL writes predicates with casts and parentheses of its own; what differs beyond those is taken for another. */
function normalized(sql: string | undefined): string {
  return (sql ?? '')
    .replace(/::[a-z ]+(\(\d+\))?/g, '')
    .replace(/[()\s"]/g, '')
    .toLowerCase();
}
