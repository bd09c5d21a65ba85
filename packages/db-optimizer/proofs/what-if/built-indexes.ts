import type { Client } from 'pg';
import type { IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { createIndexSql } from '../../src/indexes/index-definition.ts';
import { nodesOf, readPlan } from '../../src/what-if/plan-node.ts';
import type { Pair } from './pairs.ts';

/** What is true of some indexes: the cost of each query with them there, and what they take. */
export interface Truth {
  readonly costs: readonly { readonly cost: number; readonly used: boolean }[];
  readonly bytes: readonly number[];
}

/** Builds the indexes, asks the planner, and takes them back. */
export async function build(
  client: Client,
  indexes: readonly IndexDefinition[],
  pairs: readonly Pair[],
): Promise<Truth> {
  await client.query('begin');
  try {
    const names = indexes.map((_, at) => `built_${at}`);
    for (const [at, index] of indexes.entries())
      await client.query(createIndexSql(index, { name: `built_${at}` }));
    const costs = [];
    for (const { query } of pairs) {
      const [variant] = query.variants;
      if (!variant) throw new Error(`${query.id} has no text`);
      const plan = await explain(client, variant.text, variant.parameters);
      const used = [...nodesOf(plan)].some((node) => names.includes(node['Index Name'] ?? ''));
      costs.push({ cost: plan['Total Cost'], used });
    }
    const { rows } = await client.query<{ bytes: string }>(
      'select pg_relation_size(name::regclass)::text as bytes from unnest($1::text[]) as name',
      [names],
    );
    return { costs, bytes: rows.map(({ bytes }) => Number(bytes)) };
  } finally {
    await client.query('rollback');
  }
}

async function explain(client: Client, text: string, parameters: number) {
  if (parameters === 0) return readPlan((await client.query(`explain (format json) ${text}`)).rows);
  await client.query('set local plan_cache_mode = force_generic_plan');
  await client.query(`prepare asked as ${text}`);
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  try {
    return readPlan((await client.query(`explain (format json) execute asked(${nulls})`)).rows);
  } finally {
    await client.query('deallocate asked');
  }
}
