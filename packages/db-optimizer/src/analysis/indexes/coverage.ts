import type { ExistingIndex, IndexKey } from '../../catalogue/catalogue.ts';
import { keyOf, sameShape } from './index-finding.ts';

/** Whether `wide` can do all that `narrow` does, if not always as fast. */
export function covers(wide: ExistingIndex, narrow: ExistingIndex): boolean {
  return findsAsWell(wide, narrow) && (!narrow.isUnique || (wide.isUnique && enforcesTheSame(wide, narrow)));
}

/** Whether `wide` finds all that `narrow` does; what else they are for is not looked at. */
export function findsAsWell(wide: ExistingIndex, narrow: ExistingIndex): boolean {
  if (wide === narrow || !wide.isValid || wide.method !== narrow.method || wide.where !== narrow.where)
    return false;
  // Other methods than a b-tree do not find by a part of their keys as by the whole, and some have options of their own.
  if (narrow.method !== 'btree') return sameShape(wide, narrow) && optionsOf(wide) === optionsOf(narrow);
  if (!startsWith(wide.keys, narrow.keys)) return false;
  const carried = new Set([
    ...wide.keys.filter(({ kind }) => kind === 'column').map(({ sql }) => sql),
    ...wide.include,
  ]);
  return narrow.include.every((column) => carried.has(column));
}

/** Whether the first keys of `wide` are those of `narrow`, read in either direction. */
function startsWith(wide: readonly IndexKey[], narrow: readonly IndexKey[]): boolean {
  if (narrow.length > wide.length) return false;
  const first = wide.slice(0, narrow.length).map(keyOf);
  const isForward = narrow.every((key, at) => keyOf(key) === first[at]);
  return isForward || narrow.every((key, at) => keyOf(reversed(key)) === first[at]);
}

function reversed({ descending = false, nulls = descending ? 'first' : 'last', ...key }: IndexKey): IndexKey {
  return { ...key, descending: !descending, nulls: nulls === 'first' ? 'last' : 'first' };
}

/** Whether the same rows would be refused. */
function enforcesTheSame(a: ExistingIndex, b: ExistingIndex): boolean {
  const columns = ({ keys }: ExistingIndex): string =>
    keys
      .map(({ kind, sql, operatorClass = '' }) => JSON.stringify([kind, sql, operatorClass]))
      .sort()
      .join();
  return columns(a) === columns(b) && nullsAreEqual(a) === nullsAreEqual(b);
}

function nullsAreEqual({ sql }: ExistingIndex): boolean {
  return /\) NULLS NOT DISTINCT(?: |$)/.test(sql);
}

/** All that follows the method: classes with parameters, storage options. */
function optionsOf({ sql }: ExistingIndex): string {
  return sql.slice(sql.indexOf(' USING '));
}
