import type { ExplainableQuery } from '../../src/advice/workload.ts';
import type { IndexDefinition } from '../../src/catalogue/catalogue.ts';

/** A query without parameters. */
export function query(text: string): ExplainableQuery {
  return { id: text, text, weight: 1, variants: [{ text, share: 1, parameters: 0 }] };
}

/** A b-tree on columns. */
export function index(
  table: string,
  columns: readonly string[],
  {
    schema = 'public',
    include = [],
    where,
  }: { schema?: string; include?: readonly string[]; where?: string } = {},
): IndexDefinition {
  const keys = columns.map((sql) => ({ kind: 'column', sql }) as const);
  return { schema, table, method: 'btree', keys, include, where };
}
