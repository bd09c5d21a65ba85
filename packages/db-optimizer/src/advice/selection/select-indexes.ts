import type { IndexDefinition } from '../../catalogue/catalogue.ts';
import type { WhatIf } from '../../what-if/what-if.ts';
import type { Candidate } from '../candidates/candidate.ts';
import type { ExplainableQuery } from '../workload.ts';
import { ascend } from './ascend.ts';
import { CandidatePool, Relevance } from './candidate-pool.ts';
import { type Configuration, configure, reconfigure, type SelectionProblem } from './configuration.ts';
import { CostBook, type PlannedQuery } from './cost-book.ts';
import { descend, type GivenUp } from './descend.ts';
import { improve } from './improve.ts';
import { contains, EMPTY, type IndexSet, membersOf, setOf, without } from './index-set.ts';
import { rebuild } from './rebuild.ts';
import { relevantIndexes } from './relevance.ts';

export interface SelectionInput {
  readonly queries: readonly PlannedQuery[];
  /** By the query's id. */
  readonly candidates: ReadonlyMap<string, readonly Candidate[]>;
  readonly whatIf: WhatIf;
  /** Planner cost units that keeping an index up to date takes over the workload. */
  writeCost(index: IndexDefinition): number;
  /** Bytes that all chosen indexes may take together. */
  readonly storageBudget: number;
  readonly maxIndexes: number;
  /** An index has to save this share of the workload's cost. */
  readonly minSaving: number;
  /** Planner calls after which the rest is decided by what is known. */
  readonly maxCalls: number;
  /** True when the time is over: likewise. */
  isOver(): boolean;
  readonly signal: AbortSignal | undefined;
}

export interface QueryCosts {
  readonly query: ExplainableQuery;
  readonly before: number;
  readonly after: number;
  /** With every candidate there: no selection can be cheaper. */
  readonly floor: number;
  /** Positions of the chosen indexes that its plan uses. */
  readonly uses: readonly number[];
}

export interface ChosenIndex {
  readonly candidate: Candidate;
  readonly position: number;
  readonly bytes: number;
  readonly writeCost: number;
  /** What the workload would cost more without this one, its upkeep not counted. */
  readonly saving: number;
}

export interface GivenUpIndex {
  readonly candidate: Candidate;
  readonly bytes: number;
  readonly writeCost: number;
  /** What giving it up cost the workload, its upkeep counted; undefined where no plan used it. */
  readonly loss: number | undefined;
  readonly because: GivenUp['because'] | 'not used' | 'not needed';
}

export interface Selection {
  readonly chosen: readonly ChosenIndex[];
  readonly givenUp: readonly GivenUpIndex[];
  readonly queries: readonly QueryCosts[];
  /** Whether calls or time ran out before it was done. */
  readonly isCutShort: boolean;
}

/* Going down from much more than fits takes many calls, and seldom ends well. */
const STEEP = 8;
/* What an index saves counts by its size, or by the root of that: the one is better where storage is short. */
const SIZE_MATTERS = [1, 0.5];

/**
 * Chooses the indexes for a whole workload under a storage budget: from all candidates down to what fits, each time
 * by the planner's own word, then upwards again where room is left.
 */
export async function selectIndexes(input: SelectionInput): Promise<Selection> {
  const { queries, whatIf } = input;
  const pool = new CandidatePool((index) => ({
    bytes: whatIf.size(index),
    writeCost: input.writeCost(index),
  }));
  for (const { query } of queries) {
    for (const candidate of input.candidates.get(query.id) ?? []) pool.add(candidate);
  }
  const relevance = new Relevance(relevantIndexes(queries, input.candidates, pool));
  let isCutShort = false;
  const firstCall = whatIf.calls;
  const mayCall = (): boolean => {
    input.signal?.throwIfAborted();
    if (whatIf.calls - firstCall < input.maxCalls && !input.isOver()) return true;
    isCutShort = true;
    return false;
  };
  const problem: SelectionProblem = {
    book: new CostBook(whatIf, queries, pool, relevance, mayCall),
    weights: queries.map(({ query }) => query.weight),
    pool,
    relevance,
    storageBudget: input.storageBudget,
    maxIndexes: input.maxIndexes,
    minSaving: input.minSaving,
  };
  const full = await configure(problem, pool.all);
  const givenUp = new Map<number, GivenUp>();
  const note = (given: GivenUp): void => void givenUp.set(given.position, given);
  // What is larger than all the storage is no alternative to anything.
  const small = [...pool.indexes.keys()].filter((position) => pool.at(position).bytes <= input.storageBudget);
  const attainable = await configure(problem, setOf(small));
  // Each way ends in another place, and none is always the best: what they have found is gone through once more.
  const found: Configuration[] = [];
  if (attainable.bytes <= STEEP * input.storageBudget) {
    found.push(await improve(problem, await descend(problem, attainable, note)));
  }
  for (const sizeMatters of SIZE_MATTERS) {
    const ascended = await ascend(problem, membersOf(problem.book.everUsed), sizeMatters);
    found.push(await improve(problem, ascended));
  }
  const union = await configure(
    problem,
    found.reduce((all, { active }) => all | active, EMPTY),
  );
  found.push(await improve(problem, await descend(problem, union, note)));
  const best = found.reduce((least, each) => (each.cost < least.cost ? each : least));
  const rebuilt = await rebuild(problem, best, mayCall);
  const final = await descend(problem, rebuilt, note);
  return {
    chosen: await chosenOf(problem, final),
    givenUp: pool.indexes.flatMap(({ candidate, bytes, writeCost }, position) => {
      if (contains(final.active, position)) return [];
      const given = givenUp.get(position);
      const unused = contains(full.active, position) ? 'not needed' : 'not used';
      const because = given?.because ?? (bytes > input.storageBudget ? 'storage' : unused);
      return [{ candidate, bytes, writeCost, loss: given?.loss, because }];
    }),
    queries: queries.map(({ query, bareCost }, position) => ({
      query,
      before: bareCost,
      after: final.plans[position]?.cost ?? 0,
      floor: full.plans[position]?.cost ?? 0,
      uses: membersOf(final.plans[position]?.used ?? EMPTY),
    })),
    isCutShort,
  };
}

/** With what each saves: the workload's cost without it less that with it. */
async function chosenOf(problem: SelectionProblem, final: Configuration): Promise<ChosenIndex[]> {
  const chosen: ChosenIndex[] = [];
  for (const position of membersOf(final.active)) {
    const { candidate, bytes, writeCost } = problem.pool.at(position);
    const allowed: IndexSet = without(final.active, setOf([position]));
    const after = await reconfigure(problem, final, allowed, ({ used }) => contains(used, position));
    chosen.push({ candidate, position, bytes, writeCost, saving: after.cost - final.cost + writeCost });
  }
  return chosen.sort((a, b) => b.saving - a.saving);
}
