/** What is read here of a node of `EXPLAIN (FORMAT JSON)`, named as there. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Join Type'?: string;
  readonly 'Startup Cost': number;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly Alias?: string;
  readonly Filter?: string;
  readonly 'Parallel Aware'?: boolean;
  readonly 'Workers Planned'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** The plan in an answer of `EXPLAIN (FORMAT JSON)`, parsed by the driver or not. */
export function readPlan(rows: readonly Readonly<Record<string, unknown>>[]): PlanNode {
  const [value] = Object.values(rows[0] ?? {});
  const [answer] = (typeof value === 'string' ? JSON.parse(value) : value) as [{ Plan: PlanNode }];
  return answer.Plan;
}

/** All nodes of a plan. */
export function* nodesOf(plan: PlanNode): Generator<PlanNode> {
  yield plan;
  for (const each of plan.Plans ?? []) yield* nodesOf(each);
}
