import type { IndexDefinition } from '../catalogue/catalogue.ts';
import { indexId } from '../indexes/index-definition.ts';
import type { PlannedCost } from './what-if.ts';

/* Plans kept of a query, and queries. */
const MAX_PLANS = 32;
const MAX_QUERIES = 2000;

/**
 * The plans that were seen of each query. One whose indexes are all there stays possible, and a planner that knew the
 * corrected costs would take it where it is cheaper than the one it took.
 */
export class KnownPlans {
  readonly #plans = new Map<string, PlannedCost[]>();

  /** The cheapest of the plan just made and those that are possible with these indexes. */
  best(queryId: string, indexes: readonly IndexDefinition[], made: PlannedCost): PlannedCost {
    const known = this.#plans.get(queryId) ?? [];
    const present = new Set(indexes.map(indexId));
    let best = made;
    for (const plan of known) {
      if (plan.cost < best.cost && [...plan.used].every((id) => present.has(id)))
        best = { cost: plan.cost, rawCost: made.rawCost, used: plan.used };
    }
    if (best === made) this.#keep(queryId, known, made);
    return best;
  }

  #keep(queryId: string, known: PlannedCost[], made: PlannedCost): void {
    const isSame = (plan: PlannedCost): boolean =>
      plan.used.size === made.used.size && [...plan.used].every((id) => made.used.has(id));
    const others = known.filter((plan) => !isSame(plan));
    others.push(made);
    if (others.length > MAX_PLANS) others.splice(1, 1);
    if (this.#plans.size >= MAX_QUERIES && !this.#plans.has(queryId)) {
      const [oldest] = this.#plans.keys();
      if (oldest !== undefined) this.#plans.delete(oldest);
    }
    this.#plans.set(queryId, others);
  }
}
