import { Pool } from 'pg';
import type { RecommendIndexesOptions } from '../../src/advice/recommend-options.ts';
import type { IndexAdvice } from '../../src/advice/recommendation.ts';
import { DatabaseOptimizer } from '../../src/database-optimizer.ts';
import { createIndexSql } from '../../src/indexes/index-definition.ts';
import { statisticsTwin } from '../../src/twin/index.ts';
import type { Workload } from '../workload/workload.ts';

/** Advice, and the statements that make what it recommends. */
export interface Advised {
  readonly advice: IndexAdvice;
  readonly statements: readonly string[];
}

/** Asks for advice, as an application would that knows its workload. */
export async function advise(
  url: string,
  { queries, writes }: Workload,
  options: RecommendIndexesOptions,
): Promise<Advised> {
  const pool = new Pool({ connectionString: url, max: 3 });
  const optimizer = new DatabaseOptimizer(pool, { twin: statisticsTwin() });
  try {
    const workload = [...queries, ...writes].map(({ text, calls = 1, samples = [] }) => ({
      text,
      calls,
      samples,
    }));
    const advice = await optimizer.recommendIndexes({ workload, ...options });
    return { advice, statements: advice.recommendations.map(({ definition }) => createIndexSql(definition)) };
  } finally {
    await optimizer.stop();
    await pool.end();
  }
}
