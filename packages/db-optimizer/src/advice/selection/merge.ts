import type { IndexDefinition, IndexKey } from '../../catalogue/catalogue.ts';

/* PostgreSQL's INDEX_MAX_KEYS is 32, included columns counted; nobody wants an index as wide as its table. */
const MAX_COLUMNS = 10;

/**
 * The indexes that could stand in for two: with the keys of one, and whatever else the other has carried along. Both
 * have to begin with the same key, or a search by the one would read all of the other. (Index merging: Chaudhuri and
 * Narasayya, ICDE 1999.)
 */
export function mergedIndexes(first: IndexDefinition, second: IndexDefinition): IndexDefinition[] {
  if (!canMerge(first, second)) return [];
  const merged = [merge(first, second)];
  if (!isPrefix(second.keys, first.keys)) merged.push(merge(second, first));
  if (isPrefix(first.keys, second.keys)) merged.shift();
  return merged.filter(({ keys, include }) => keys.length + include.length <= MAX_COLUMNS);
}

function canMerge(first: IndexDefinition, second: IndexDefinition): boolean {
  const [ours] = first.keys;
  const [theirs] = second.keys;
  return (
    first.table === second.table &&
    first.schema === second.schema &&
    first.method === 'btree' &&
    second.method === 'btree' &&
    first.where === second.where &&
    ours !== undefined &&
    theirs !== undefined &&
    sameKey(ours, theirs)
  );
}

/** The keys of the one; of the other what it has besides, if columns can carry that along. */
function merge(keeper: IndexDefinition, other: IndexDefinition): IndexDefinition {
  const include = new Set(keeper.include);
  for (const { kind, sql } of other.keys) if (kind === 'column') include.add(sql);
  for (const column of other.include) include.add(column);
  for (const { kind, sql } of keeper.keys) if (kind === 'column') include.delete(sql);
  return { ...keeper, include: [...include].sort() };
}

function isPrefix(short: readonly IndexKey[], long: readonly IndexKey[]): boolean {
  return short.every((key, position) => {
    const other = long[position];
    return other !== undefined && sameKey(key, other);
  });
}

function sameKey(one: IndexKey, other: IndexKey): boolean {
  return (
    one.kind === other.kind &&
    one.sql === other.sql &&
    (one.descending ?? false) === (other.descending ?? false) &&
    one.nulls === other.nulls &&
    one.operatorClass === other.operatorClass
  );
}
