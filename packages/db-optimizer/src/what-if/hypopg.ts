import { type Queryable, StateError, toError } from '@evenkeel/core';
import type { ExplainableQuery } from '../advice/workload.ts';
import type { Catalogue, IndexDefinition } from '../catalogue/catalogue.ts';
import { indexId } from '../indexes/index-definition.ts';
import { IndexSizes } from '../indexes/index-size.ts';
import { type OpenSessionOptions, openSession } from '../session/open-session.ts';
import type { Session } from '../session/session.ts';
import { CostCorrection } from './cost-correction.ts';
import { HypotheticalIndexes } from './hypothetical-indexes.ts';
import { KnownPlans } from './known-plans.ts';
import { PlanError } from './plan-error.ts';
import { nodesOf, type PlanNode } from './plan-node.ts';
import { PlannerSession, type PlannerSessionOptions } from './planner-session.ts';
import type { PlannedCost, WhatIf } from './what-if.ts';

export interface HypoPgOptions extends PlannerSessionOptions, OpenSessionOptions {
  /** Whether partial indexes are costed; where not, they count as not there. @defaultValue true */
  readonly partial?: boolean;
}

/**
 * Costs by the extension HypoPG, whose indexes exist in the planner's mind alone. What it gets wrong of b-trees, their
 * size and their height, is corrected afterwards.
 */
export class HypoPg implements WhatIf {
  readonly method = 'hypopg';
  readonly #session: Session;
  readonly #partial: boolean;
  readonly #planner: PlannerSession;
  readonly #indexes: HypotheticalIndexes;
  readonly #sizes: IndexSizes;
  readonly #correction: CostCorrection;
  readonly #plans = new KnownPlans();
  #closed: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(session: Session, catalogue: Catalogue, options: HypoPgOptions = {}) {
    this.#partial = options.partial ?? true;
    this.#session = session;
    this.#planner = new PlannerSession(session, options);
    this.#indexes = new HypotheticalIndexes(session);
    this.#sizes = new IndexSizes(catalogue);
    this.#correction = new CostCorrection(catalogue, this.#sizes);
  }

  /** @throws what {@link openSession} throws */
  static async open(database: Queryable, catalogue: Catalogue, options: HypoPgOptions = {}): Promise<HypoPg> {
    return new HypoPg(await openSession(database, options), catalogue, options);
  }

  get calls(): number {
    return this.#planner.calls;
  }

  size(index: IndexDefinition): number {
    return this.#sizes.of(index).bytes;
  }

  async cost(query: ExplainableQuery, indexes: readonly IndexDefinition[]): Promise<PlannedCost> {
    if (this.#closed) throw new StateError('the what-if session was closed');
    if (this.#planner.isDue) await this.#end();
    await this.#show(query, indexes);
    const used = new Set<string>();
    let cost = 0;
    let rawCost = 0;
    for (const variant of query.variants) {
      const plan = await this.#plan(query, variant, indexes);
      rawCost += variant.share * plan['Total Cost'];
      cost += variant.share * this.#correction.correct(plan, (name) => this.#indexes.find(name));
      for (const name of indexNames(plan)) {
        const found = this.#indexes.find(name);
        if (found) used.add(indexId(found.index));
      }
    }
    return this.#plans.best(query.id, indexes, { cost, rawCost, used });
  }

  /** Not with the releases of HypoPG that are spread: hiding came with 1.4. */
  async costWithout(): Promise<undefined> {
    return undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.#end();
      await this.#planner.close();
    } catch (error) {
      this.#broken = toError(error);
    }
    this.#session.release(this.#broken);
  }

  async #plan(
    query: ExplainableQuery,
    variant: ExplainableQuery['variants'][number],
    indexes: readonly IndexDefinition[],
  ): Promise<PlanNode> {
    // After a refusal the transaction is over, and so another begins with the next variant.
    await this.#show(query, indexes);
    return await this.#planner.plan(variant);
  }

  async #show(query: ExplainableQuery, indexes: readonly IndexDefinition[]): Promise<void> {
    if (!(await this.#planner.begin())) this.#indexes.forget();
    try {
      const shown = this.#partial ? indexes : indexes.filter(({ where }) => where === undefined);
      if (await this.#indexes.show(shown)) this.#planner.changed();
    } catch (error) {
      await this.#planner.end();
      await this.#indexes.clear();
      throw new PlanError(query.text, error);
    }
  }

  /** Between transactions nothing of ours stays: a pooler may give the backend to somebody else. */
  async #end(): Promise<void> {
    if (await this.#planner.begin()) await this.#indexes.clear();
    await this.#planner.end();
  }
}

function* indexNames(plan: PlanNode): Generator<string> {
  for (const node of nodesOf(plan)) if (node['Index Name'] !== undefined) yield node['Index Name'];
}
