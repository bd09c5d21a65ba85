import { PlanError } from '../what-if/plan-error.ts';
import type { WhatIf } from '../what-if/what-if.ts';
import { type ReadStatement, reasonOf, type SkippedStatement, shared } from './read-workload.ts';
import type { ExplainableQuery } from './workload.ts';

/** A statement that the planner takes, with its cost as things are. */
export interface PlannedStatement extends ReadStatement {
  readonly bareCost: number;
}

/** The cost of each as things are; what the planner refuses is skipped. */
export async function planAsTheyAre(
  statements: readonly ReadStatement[],
  { whatIf, signal }: { readonly whatIf: WhatIf; readonly signal: AbortSignal | undefined },
  skipped: SkippedStatement[],
): Promise<PlannedStatement[]> {
  const planned: PlannedStatement[] = [];
  for (const statement of statements) {
    signal?.throwIfAborted();
    const { query } = statement;
    const costed = await costOf(whatIf, query);
    if (!(costed instanceof PlanError)) {
      planned.push({ ...statement, bareCost: costed });
      continue;
    }
    // Values of another type than the statement wants, say: some may do, and without any it can be planned too.
    const other = await otherwise(whatIf, statement);
    const again = other && (await costOf(whatIf, other));
    if (other === undefined || again === undefined || again instanceof PlanError)
      skipped.push({ text: query.text, reason: reasonOf(costed) });
    else planned.push({ ...statement, query: other, bareCost: again });
  }
  return planned;
}

/** A refused query with those of its variants that are not refused, or else without values. */
async function otherwise(
  whatIf: WhatIf,
  { query, generic }: ReadStatement,
): Promise<ExplainableQuery | undefined> {
  const taken: string[] = [];
  if (query.variants.length > 1) {
    for (const variant of query.variants) {
      const costed = await costOf(whatIf, { ...query, variants: [{ ...variant, share: 1 }] });
      if (!(costed instanceof PlanError)) taken.push(variant.text);
    }
  }
  if (taken.length > 0) return { ...query, variants: shared(taken) };
  const isNew = query.variants.every(({ text }) => text !== generic.text);
  return isNew ? { ...query, variants: [{ ...generic, share: 1 }] } : undefined;
}

async function costOf(whatIf: WhatIf, query: ExplainableQuery): Promise<number | PlanError> {
  try {
    return (await whatIf.cost(query, [])).cost;
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
}
