import type { ExplainableQuery } from '../advice/workload.ts';
import type { IndexDefinition } from '../catalogue/catalogue.ts';

/** How the costs were found. */
export type WhatIfMethod = 'hypopg' | 'twin' | 'rolled-back index';

export interface PlannedCost {
  /** The planner's total cost, weighted over the query's variants, corrected for what is known to be wrong. */
  readonly cost: number;
  /** The same as the planner said it. */
  readonly rawCost: number;
  /** Those of the given indexes that the plan uses, by {@link indexId}. */
  readonly used: ReadonlySet<string>;
}

/**
 * Costs queries as if indexes were there. It has a session of its own, and changes nothing that outlives it. One call
 * at a time.
 */
export interface WhatIf {
  readonly method: WhatIfMethod;
  /** Planner calls so far: one for each variant of each query costed. */
  readonly calls: number;
  /**
   * Costs a query as if exactly these indexes were there besides the existing ones.
   *
   * @throws PlanError where the planner refuses the query
   */
  cost(query: ExplainableQuery, indexes: readonly IndexDefinition[]): Promise<PlannedCost>;
  /** Bytes the index would take, by the model of `indexes/index-size.ts`. */
  size(index: IndexDefinition): number;
  /** The query's cost without an existing index, by name; undefined where this method cannot hide one. */
  costWithout(
    query: ExplainableQuery,
    index: { schema: string; name: string },
  ): Promise<PlannedCost | undefined>;
  /** Idempotent. */
  close(): Promise<void>;
}
