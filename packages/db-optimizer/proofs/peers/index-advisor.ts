import type { Queryable } from '@evenkeel/core';
import type { NamedQuery } from '../workload/workload.ts';
import { indexKey, plainIndexSql, readColumns, readIndexedColumns } from './columns.ts';
import { PlainHypoPg } from './plain-hypopg.ts';

/* Types of the columns it thinks of, by `typname`. */
const TYPES = new Set([
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'bool',
  'text',
  'varchar',
  'bpchar',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'uuid',
]);

/**
 * What supabase/index_advisor 0.2 would make of a workload, by its rules: for each query it makes a hypothetical
 * index on every single column of every table that has none yet, all at once, plans the query, and advises those the
 * plan uses. It takes one query at a time; the workload's advice is the union.
 */
export async function indexAdvisorUnion(
  database: Queryable,
  queries: readonly NamedQuery[],
): Promise<string[]> {
  const hypothetical = new PlainHypoPg(database);
  const existing = await readIndexedColumns(database);
  const columns = (await readColumns(database)).filter(
    ({ table, column, type }) => TYPES.has(type) && !existing.has(indexKey(table, [column])),
  );
  const all = columns.map(({ table, column }) => plainIndexSql(table, [column]));
  return await hypothetical.with(all, async (names) => {
    const advised = new Set<string>();
    for (const query of queries) {
      const { plans } = await hypothetical.explainQuery(query);
      for (const [sql, name] of names) {
        if (plans.some((plan) => plan.includes(`"${name}"`))) advised.add(sql);
      }
    }
    return [...advised];
  });
}
