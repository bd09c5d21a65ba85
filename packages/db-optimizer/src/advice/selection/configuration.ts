import type { CandidatePool, Relevance } from './candidate-pool.ts';
import type { CostBook, PlanEntry } from './cost-book.ts';
import { EMPTY, type IndexSet, membersOf, withIndex } from './index-set.ts';

/** What the selection works on. */
export interface SelectionProblem {
  readonly book: CostBook;
  /** The weight of each query. */
  readonly weights: readonly number[];
  readonly pool: CandidatePool;
  readonly relevance: Relevance;
  readonly storageBudget: number;
  readonly maxIndexes: number;
  /** An index that saves less than this share of the whole cost is not worth having. */
  readonly minSaving: number;
}

/** The workload's plans where some indexes may be used: those in use are the ones to be had. */
export interface Configuration {
  readonly allowed: IndexSet;
  /** By query. */
  readonly plans: readonly PlanEntry[];
  readonly active: IndexSet;
  /** All queries by their weight, and the upkeep of what is active. */
  readonly cost: number;
  readonly bytes: number;
}

export async function configure(problem: SelectionProblem, allowed: IndexSet): Promise<Configuration> {
  const plans: PlanEntry[] = [];
  for (const query of problem.weights.keys()) plans.push(await problem.book.plan(query, allowed));
  return configurationOf(problem, allowed, plans);
}

/** The same with fewer indexes or others; `affected` says whose plans may differ. */
export async function reconfigure(
  problem: SelectionProblem,
  from: Configuration,
  allowed: IndexSet,
  affected: (plan: PlanEntry, query: number) => boolean,
): Promise<Configuration> {
  const plans: PlanEntry[] = [];
  for (const [query, plan] of from.plans.entries()) {
    plans.push(affected(plan, query) ? await problem.book.plan(query, allowed) : plan);
  }
  return configurationOf(problem, allowed, plans);
}

export function fits(problem: SelectionProblem, { active, bytes }: Configuration): boolean {
  return bytes <= problem.storageBudget && membersOf(active).length <= problem.maxIndexes;
}

function configurationOf(
  { weights, pool }: SelectionProblem,
  allowed: IndexSet,
  plans: readonly PlanEntry[],
): Configuration {
  let active = EMPTY;
  let cost = 0;
  for (const [query, plan] of plans.entries()) {
    active |= plan.used;
    cost += plan.cost * (weights[query] ?? 0);
  }
  let bytes = 0;
  for (const position of membersOf(active)) {
    const index = pool.at(position);
    bytes += index.bytes;
    cost += index.writeCost;
  }
  return { allowed, plans, active, cost, bytes };
}

/** The most that an index can save beside those in use, by what is known without asking. */
export function mostToGain(problem: SelectionProblem, current: Configuration, position: number): number {
  const { book, pool, weights } = problem;
  const enlarged = withIndex(current.active, position);
  let gain = -pool.at(position).writeCost;
  for (const [query, weight] of weights.entries()) {
    const plan = current.plans[query];
    if (plan) gain += weight * Math.max(0, plan.cost - book.leastCost(query, enlarged));
  }
  return gain;
}

/** Whose plan an index may better: the others' are as good already as they can be with it. */
export function mayGain(problem: SelectionProblem, { active }: Configuration, position: number) {
  const enlarged = withIndex(active, position);
  return (plan: PlanEntry, query: number): boolean => plan.cost > problem.book.leastCost(query, enlarged);
}
