import type { Priority } from '@evenkeel/core';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { NodeTime } from '../exclusive-time.ts';
import type { Plan, PlanNode } from '../plan.ts';

export type PlanFindingKind =
  | 'misestimate'
  | 'disk sort'
  | 'hash batches'
  | 'hash aggregate spill'
  | 'lossy bitmap'
  | 'indexable scan'
  | 'filtered index scan'
  | 'repeated scan'
  | 'heap fetches'
  | 'compilation'
  | 'slow trigger';

/** Something in a plan that costs more than it should. */
export interface PlanFinding {
  readonly kind: PlanFindingKind;
  /** Position of the node in the plan; undefined where it is about all of it. */
  readonly node: number | undefined;
  readonly priority: Priority;
  /** What is wrong and what would help, in plain words. */
  readonly message: string;
  /** Its share of the plan's time; of the planner's cost, where the plan was not run. */
  readonly share: number;
  /** The table it is about, if one. */
  readonly table: { readonly schema: string | undefined; readonly name: string } | undefined;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** What the rules look at. */
export interface PlanContext {
  readonly plan: Plan;
  readonly times: readonly NodeTime[] | undefined;
  readonly catalogue: Catalogue | undefined;
  /** The parent of each node, by position. */
  readonly parents: readonly (PlanNode | undefined)[];
  /** The share of a node itself. */
  shareOf(node: PlanNode): number;
  /** The share of a node with all below it. */
  wholeShareOf(node: PlanNode): number;
}

/** A rule: what it finds at one node. */
export type PlanRule = (node: PlanNode, context: PlanContext) => PlanFinding | undefined;

/** As pgAdmin and explain.depesz.com colour nodes: half of the time is much, a tenth worth a look. */
export function priorityOf(share: number): Priority {
  if (share >= 0.5) return 'high';
  return share >= 0.1 ? 'medium' : 'low';
}

export function tableOf(node: PlanNode): PlanFinding['table'] {
  return node.relation === undefined ? undefined : { schema: node.schema, name: node.relation };
}

export function percent(ratio: number): string {
  const value = 100 * ratio;
  return `${value > 0 && value < 1 ? value.toPrecision(1) : Math.round(value)} %`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
