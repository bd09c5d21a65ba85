import type { Catalogue } from '../../catalogue/catalogue.ts';
import { timePlan } from './exclusive-time.ts';
import { diskSort, hashAggregateSpill, hashBatches, lossyBitmap } from './findings/memory.ts';
import { misestimate } from './findings/misestimate.ts';
import type { PlanContext, PlanFinding, PlanRule } from './findings/plan-finding.ts';
import { filteredIndexScan, heapFetches, indexableScan, repeatedScan } from './findings/scans.ts';
import { findInWhole } from './findings/whole-plan.ts';
import type { Plan, PlanNode } from './plan.ts';

const RULES: readonly PlanRule[] = [
  misestimate,
  indexableScan,
  repeatedScan,
  filteredIndexScan,
  heapFetches,
  diskSort,
  hashBatches,
  hashAggregateSpill,
  lossyBitmap,
];

/* A plan over a thousand partitions finds the same in each. */
const MAX_FINDINGS = 50;

/**
 * What in a plan costs more than it should, the largest share of its time first, at most 50. A plan that was not run
 * shows what the planner expects alone: of scans that an index would spare, where the catalogue is there.
 *
 * @param catalogue tells columns, indexes and how old the statistics are
 */
export function findInPlan(plan: Plan, catalogue?: Catalogue): PlanFinding[] {
  const context = contextOf(plan, catalogue);
  const found = plan.nodes.flatMap((node) => RULES.flatMap((rule) => rule(node, context) ?? []));
  return [...found, ...findInWhole(context)].sort((a, b) => b.share - a.share).slice(0, MAX_FINDINGS);
}

function contextOf(plan: Plan, catalogue: Catalogue | undefined): PlanContext {
  const parents: (PlanNode | undefined)[] = plan.nodes.map(() => undefined);
  for (const node of plan.nodes) for (const child of node.children) parents[child.position] = node;
  const times = timePlan(plan);
  const totalMs = Math.max(plan.executionMs ?? 0, times?.[0]?.inclusiveMs ?? 0);
  const starts = times ? [] : expectedStarts(plan);
  const costOf = (node: PlanNode): number => (starts[node.position] ?? 1) * node.cost.total;
  const total = Math.max(costOf(plan.root), Number.MIN_VALUE);
  const ratio = (part: number, whole: number): number =>
    whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
  return {
    plan,
    times,
    catalogue,
    parents,
    shareOf(node) {
      if (times) return ratio(times[node.position]?.exclusiveMs ?? 0, totalMs);
      const below = node.children.reduce((sum, child) => sum + costOf(child), 0);
      return ratio(costOf(node) - below, total);
    },
    wholeShareOf(node) {
      return times ? ratio(times[node.position]?.inclusiveMs ?? 0, totalMs) : ratio(costOf(node), total);
    },
  };
}

/** How often the planner expects each node to be started: the inner side of a nested loop for each outer row. */
function expectedStarts({ nodes }: Plan): number[] {
  const starts = nodes.map(() => 1);
  for (const node of nodes) {
    const own = starts[node.position] ?? 1;
    for (const child of node.children) {
      const isInner = node.type === 'Nested Loop' && child.relationship === 'Inner';
      // What is kept after the first time is not worked out again.
      const isOnce = node.type === 'Materialize' || child.relationship === 'InitPlan';
      const outer = isInner ? Math.max(1, node.children[0]?.rows ?? 1) : 1;
      starts[child.position] = isOnce ? 1 : own * outer;
    }
  }
  return starts;
}
