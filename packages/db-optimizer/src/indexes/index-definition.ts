import type { IndexDefinition, IndexKey } from '../catalogue/catalogue.ts';

/** The same for indexes that are the same. */
export function indexId(index: IndexDefinition): string {
  const where = index.where === undefined ? '' : ` where ${index.where}`;
  return `${quote(index.schema)}.${quote(index.table)} ${describe(index)}${where}`;
}

/** The statement that makes the index. */
export function createIndexSql(
  index: IndexDefinition,
  { name, concurrently = false }: { name?: string; concurrently?: boolean } = {},
): string {
  const words = ['create index'];
  if (concurrently) words.push('concurrently');
  if (name !== undefined) words.push(quote(name));
  words.push('on', `${quote(index.schema)}.${quote(index.table)}`, 'using', describe(index));
  if (index.where !== undefined) words.push(`where ${index.where}`);
  return words.join(' ');
}

/** An identifier as SQL, quoted always. */
export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function describe({ method, keys, include }: IndexDefinition): string {
  const included = include.length === 0 ? '' : ` include (${include.map(quote).join(', ')})`;
  return `${quote(method)} (${keys.map(keySql).join(', ')})${included}`;
}

function keySql({ kind, sql, descending, nulls, operatorClass }: IndexKey): string {
  const words = [kind === 'column' ? quote(sql) : `(${sql})`];
  if (operatorClass !== undefined) words.push(operatorClass);
  if (descending) words.push('desc');
  if (nulls !== undefined) words.push(`nulls ${nulls}`);
  return words.join(' ');
}
