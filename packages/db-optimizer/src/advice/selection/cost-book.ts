import type { WhatIf } from '../../what-if/what-if.ts';
import type { ExplainableQuery } from '../workload.ts';
import type { CandidatePool, Relevance } from './candidate-pool.ts';
import { contains, EMPTY, type IndexSet, isSubset, membersOf, withIndex } from './index-set.ts';

/** What the planner said of a query when certain indexes were there. */
export interface PlanEntry {
  readonly available: IndexSet;
  /** Those of them that its plan uses. */
  readonly used: IndexSet;
  readonly cost: number;
}

/** A query that the planner takes, with its cost as things are. */
export interface PlannedQuery {
  readonly query: ExplainableQuery;
  readonly bareCost: number;
}

/**
 * Remembers what the planner said, and answers from memory where that is certain: a plan found with many indexes
 * stays the best one with fewer, as long as all that it uses are left. (The observation behind INUM, Papadomanolakis
 * et al., VLDB 2007.) Once no more calls are allowed it answers with the best plan it knows to be possible.
 */
export class CostBook {
  readonly #whatIf: WhatIf;
  readonly #queries: readonly PlannedQuery[];
  readonly #pool: CandidatePool;
  readonly #relevance: Relevance;
  readonly #entries: PlanEntry[][];
  /** Those that were there from the start: what they can do together at the best is known. */
  readonly #original: IndexSet;
  readonly #mayCall: () => boolean;
  #everUsed = EMPTY;

  /** @param mayCall whether the planner may be asked once more; not asked for the first call of a query */
  constructor(
    whatIf: WhatIf,
    queries: readonly PlannedQuery[],
    pool: CandidatePool,
    relevance: Relevance,
    mayCall: () => boolean,
  ) {
    this.#whatIf = whatIf;
    this.#queries = queries;
    this.#pool = pool;
    this.#relevance = relevance;
    this.#original = pool.all;
    this.#mayCall = mayCall;
    this.#entries = queries.map(({ bareCost }) => [{ available: EMPTY, used: EMPTY, cost: bareCost }]);
  }

  /** The candidates that any plan so far has used. */
  get everUsed(): IndexSet {
    return this.#everUsed;
  }

  /** What the query costs with no candidate. */
  bareCost(query: number): number {
    return this.#queryAt(query).bareCost;
  }

  /** The query's plan with those indexes: exact, or the best known one where the planner may not be asked. */
  async plan(query: number, indexes: IndexSet): Promise<PlanEntry> {
    const available = indexes & this.#relevance.of(query);
    const known = this.#known(query, available);
    if (known) return known;
    const entries = this.#entriesOf(query);
    if (entries.length >= 2 && !this.#mayCall()) return this.#bestPossible(query, available);
    const definitions = membersOf(available).map((position) => this.#pool.at(position).candidate.index);
    const planned = await this.#whatIf.cost(this.#queryAt(query).query, definitions);
    let used = EMPTY;
    for (const id of planned.used) {
      const position = this.#pool.positionOf(id);
      if (position !== undefined && contains(available, position)) used = withIndex(used, position);
    }
    this.#everUsed |= used;
    const entry = { available, used, cost: planned.cost };
    // A plan that is possible here is never worse than one known to be possible: genetic search forgets that.
    const possible = this.#bestPossible(query, available);
    const best = possible.cost < entry.cost ? { ...possible, available } : entry;
    entries.push(best);
    return best;
  }

  /** The least that the query can cost with those indexes, by what is known of supersets. */
  leastCost(query: number, indexes: IndexSet): number {
    // Of merged ones no more is expected than of those they were made of.
    const available = indexes & this.#relevance.of(query) & this.#original;
    let least = 0;
    for (const entry of this.#entriesOf(query)) {
      if (entry.cost > least && isSubset(available, entry.available)) least = entry.cost;
    }
    return least;
  }

  #known(query: number, available: IndexSet): PlanEntry | undefined {
    return this.#entriesOf(query).find(
      (entry) => isSubset(available, entry.available) && isSubset(entry.used, available),
    );
  }

  #bestPossible(query: number, available: IndexSet): PlanEntry {
    let best: PlanEntry = { available, used: EMPTY, cost: Number.POSITIVE_INFINITY };
    for (const entry of this.#entriesOf(query)) {
      if (entry.cost < best.cost && isSubset(entry.used, available)) best = entry;
    }
    return best;
  }

  #queryAt(query: number): PlannedQuery {
    const found = this.#queries[query];
    if (!found) throw new RangeError(`there is no query ${query}`);
    return found;
  }

  #entriesOf(query: number): PlanEntry[] {
    return this.#entries[query] ?? [];
  }
}
