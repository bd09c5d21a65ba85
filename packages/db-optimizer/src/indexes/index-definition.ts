import type { IndexDefinition, IndexKey } from '../catalogue/catalogue.ts';

/** The same for indexes that are the same. */
export function indexId(index: IndexDefinition): string {
  const where = index.where === undefined ? '' : ` where ${index.where}`;
  return `${quote(index.schema)}.${quote(index.table)} ${describe(index)}${where}`;
}

export interface CreateIndexOptions {
  /** @defaultValue PostgreSQL names it */
  readonly name?: string;
  /** Writers go on meanwhile. @defaultValue false */
  readonly concurrently?: boolean;
  /** Needs a name. @defaultValue false */
  readonly ifNotExists?: boolean;
  /** Of a partitioned table alone, not of its partitions. @defaultValue false */
  readonly only?: boolean;
}

/** The statement that makes the index. */
export function createIndexSql(index: IndexDefinition, options: CreateIndexOptions = {}): string {
  const { name, concurrently = false, ifNotExists = false, only = false } = options;
  const words = ['create index'];
  if (concurrently) words.push('concurrently');
  if (ifNotExists) words.push('if not exists');
  if (name !== undefined) words.push(quote(name));
  words.push(
    only ? 'on only' : 'on',
    `${quote(index.schema)}.${quote(index.table)}`,
    'using',
    describe(index),
  );
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
