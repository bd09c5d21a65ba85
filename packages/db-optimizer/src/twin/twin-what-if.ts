import { StateError } from '@evenkeel/core';
import type { ExplainableQuery } from '../advice/workload.ts';
import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { indexId } from '../indexes/index-definition.ts';
import { IndexSizes } from '../indexes/index-size.ts';
import { PlanError } from '../what-if/plan-error.ts';
import { nodesOf, type PlanNode, readPlan } from '../what-if/plan-node.ts';
import type { PlannedCost, WhatIf } from '../what-if/what-if.ts';
import type { IndexShape, Twin, TwinIndex } from './build/twin.ts';
import { StatementError } from './embedded/statement-error.ts';
import { TwinError } from './embedded/twin-error.ts';
import { costOfOlderJoins, type HashKey, hasNewerJoins, type JoinCosts } from './older-joins.ts';
import { blockSkipping, firstSkippedTo } from './skip-scan.ts';
import { type IndexPart, TwinIndexes, type Visibility } from './twin-indexes.ts';

/* From this version on the planner lets b-trees skip over the values of keys that nothing is known of. */
const SKIPS_SINCE = 180_000;

/* Each round takes the skipping away from at least one index; a plan has no more than a few. */
const MAX_ROUNDS = 10;

/** An index that a plan may name. */
interface PlannedIndex {
  readonly definition: IndexDefinition;
  readonly index: TwinIndex;
  /** Of one that was asked about, by {@link indexId}; undefined of one that the source has. */
  readonly id: string | undefined;
  readonly isUnique: boolean;
  readonly shape: (part: IndexPart) => IndexShape;
}

interface PlannedText {
  readonly cost: number;
  readonly used: readonly string[];
}

/**
 * Costs by the statistics twin: its indexes are real ones, built over no rows and made to look as long and as high as
 * they would be.
 */
export class TwinWhatIf implements WhatIf {
  readonly method = 'twin';
  readonly #build: () => Promise<Twin>;
  readonly #catalogue: Catalogue;
  readonly #sizes: IndexSizes;
  readonly #joinCosts: JoinCosts;
  #twin: Twin;
  #indexes: TwinIndexes;
  /** The source's b-trees of several keys, by the names that plans give them. */
  #existing: ReadonlyMap<string, PlannedIndex>;
  #calls = 0;
  #isClosed = false;

  private constructor(twin: Twin, catalogue: Catalogue, build: () => Promise<Twin>) {
    this.#build = build;
    this.#catalogue = catalogue;
    this.#sizes = new IndexSizes(catalogue);
    this.#joinCosts = joinCostsOf(catalogue);
    this.#twin = twin;
    this.#indexes = new TwinIndexes(twin);
    this.#existing = existingByName(twin, catalogue, this.#sizes);
  }

  /** @param build makes the twin, and another where one was lost to a query that is planned for ever */
  static async open(catalogue: Catalogue, build: () => Promise<Twin>): Promise<TwinWhatIf> {
    return new TwinWhatIf(await build(), catalogue, build);
  }

  get calls(): number {
    return this.#calls;
  }

  /** What the twin lacks of the source, in plain words. */
  get missing(): readonly string[] {
    return this.#twin.missing;
  }

  size(index: IndexDefinition): number {
    return this.#sizes.of(index).bytes;
  }

  async cost(query: ExplainableQuery, indexes: readonly IndexDefinition[]): Promise<PlannedCost> {
    return await this.#cost(query, indexes);
  }

  async costWithout(
    query: ExplainableQuery,
    { schema, name }: { schema: string; name: string },
  ): Promise<PlannedCost | undefined> {
    if (this.#twin.existingIndex(schema, name) === undefined) return undefined;
    return await this.#cost(query, [], { schema, name });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#twin.close();
  }

  async #cost(
    query: ExplainableQuery,
    indexes: readonly IndexDefinition[],
    without?: { schema: string; name: string },
  ): Promise<PlannedCost> {
    if (this.#isClosed) throw new StateError('the statistics twin is closed');
    if (this.#twin.isLost) await this.#rebuild();
    try {
      const lost = without && this.#twin.existingIndex(without.schema, without.name);
      const hidden = lost === undefined ? [] : [lost];
      const asked = await this.#make(indexes);
      const used = new Set<string>();
      let cost = 0;
      for (const { text, share, parameters } of query.variants) {
        this.#calls += 1;
        const plan = await this.#plan(text, parameters, asked, hidden);
        cost += share * plan.cost;
        for (const id of plan.used) used.add(id);
      }
      return { cost, rawCost: cost, used };
    } catch (error) {
      if (error instanceof StatementError || isFailure(error)) throw new PlanError(query.text, error);
      throw error;
    }
  }

  async #rebuild(): Promise<void> {
    const twin = await this.#build();
    if (this.#isClosed) {
      await twin.close();
      throw new StateError('the statistics twin is closed');
    }
    this.#twin = twin;
    this.#indexes = new TwinIndexes(twin);
    this.#existing = existingByName(twin, this.#catalogue, this.#sizes);
  }

  async #make(indexes: readonly IndexDefinition[]): Promise<PlannedIndex[]> {
    const made: PlannedIndex[] = [];
    for (const definition of indexes) {
      const shape = (part: IndexPart): IndexShape => this.#sizes.of({ ...definition, ...part });
      const index = await this.#indexes.get(definition, shape);
      made.push({ definition, index, id: indexId(definition), isUnique: false, shape });
    }
    return made;
  }

  /** Costs a text as the version of the source would. */
  async #plan(
    text: string,
    parameters: number,
    asked: readonly PlannedIndex[],
    hidden: readonly TwinIndex[],
  ): Promise<PlannedText> {
    const { version } = this.#catalogue;
    const { plan, used } = await this.#planWithoutSkipping(text, parameters, asked, hidden);
    const cost = plan['Total Cost'];
    if (!hasNewerJoins(plan, version)) return { cost, used };
    const older = cost + costOfOlderJoins(plan, version, this.#joinCosts);
    // A plan that hashes nothing may cost less than hashing the larger side.
    const other = await this.#twin.withoutHashJoins(() =>
      this.#planWithoutSkipping(text, parameters, asked, hidden),
    );
    if (hasNewerJoins(other.plan, version) || other.plan['Total Cost'] >= older) return { cost: older, used };
    return { cost: other.plan['Total Cost'], used: other.used };
  }

  async #planWithoutSkipping(
    text: string,
    parameters: number,
    asked: readonly PlannedIndex[],
    hidden: readonly TwinIndex[],
  ): Promise<{ readonly plan: PlanNode; readonly used: readonly string[] }> {
    const byName = new Map(asked.flatMap((each) => each.index.names.map((name) => [name, each] as const)));
    const find = (name = ''): PlannedIndex | undefined => byName.get(name) ?? this.#existing.get(name);
    let visibility: Visibility = {
      shown: new Set(asked.map(({ index }) => index)),
      hidden: new Set(hidden),
    };
    for (let round = 1; ; round++) {
      await this.#indexes.show(visibility);
      const plan = readPlan(await this.#twin.explain(text, parameters > 0));
      const skipping = round === MAX_ROUNDS ? [] : this.#skippingIn(plan, find);
      if (skipping.length === 0) {
        const used = [...nodesOf(plan)].flatMap((node) => find(node['Index Name'])?.id ?? []);
        return { plan, used };
      }
      for (const { planned, at } of skipping) {
        const blocked = await this.#block(planned, at);
        for (const name of blocked.index.names) byName.set(name, blocked);
        visibility = await this.#replace(visibility, planned, blocked);
      }
    }
  }

  /** Indexes that the plan uses as no server before 18 would. */
  #skippingIn(
    plan: PlanNode,
    find: (name: string | undefined) => PlannedIndex | undefined,
  ): { readonly planned: PlannedIndex; readonly at: number }[] {
    if (this.#catalogue.version >= SKIPS_SINCE) return [];
    const found = new Map<PlannedIndex, number>();
    for (const node of nodesOf(plan)) {
      const planned = find(node['Index Name']);
      const condition = node['Index Cond'];
      if (planned?.definition.method !== 'btree' || condition === undefined) continue;
      const at = firstSkippedTo(planned.definition.keys, condition);
      if (at !== undefined) found.set(planned, Math.min(at, found.get(planned) ?? at));
    }
    return [...found].map(([planned, at]) => ({ planned, at }));
  }

  async #block(planned: PlannedIndex, at: number): Promise<PlannedIndex> {
    const definition = blockSkipping(planned.definition, at);
    const index = await this.#indexes.get(definition, planned.shape);
    return { ...planned, definition, index };
  }

  async #replace(visibility: Visibility, planned: PlannedIndex, blocked: PlannedIndex): Promise<Visibility> {
    const shown = new Set(visibility.shown).add(blocked.index);
    const hidden = new Set(visibility.hidden);
    if (!shown.delete(planned.index)) hidden.add(planned.index);
    // Of an index out of sight the planner does not know that its keys are unique either.
    if (planned.isUnique) shown.add(await this.#indexes.getWitness(planned.definition));
    return { shown, hidden };
  }
}

function joinCostsOf(catalogue: Catalogue): JoinCosts {
  const { settings } = catalogue;
  const setting = (name: string, value: number): number => Number(settings.get(name) ?? value);
  return {
    operator: setting('cpu_operator_cost', 0.0025),
    tuple: setting('cpu_tuple_cost', 0.01),
    sequentialPage: setting('seq_page_cost', 1),
    // The setting is in kB.
    hashBytes: setting('work_mem', 4096) * 1024 * setting('hash_mem_multiplier', 1),
    keyOf: (table, column) => hashKey(catalogue.find(table), column),
  };
}

function hashKey(table: Table | undefined, name: string): HashKey | undefined {
  const statistics = table?.columns.find((column) => column.name === name)?.statistics;
  if (!statistics || table?.rows === undefined || statistics.distinct === 0) return undefined;
  const { distinct, common } = statistics;
  return {
    rows: table.rows,
    distinct: Math.max(1, distinct < 0 ? -distinct * table.rows : distinct),
    mostCommon: common[0]?.frequency ?? 0,
  };
}

function isFailure(error: unknown): boolean {
  return error instanceof TwinError && error.code === 'TWIN_FAILED';
}

/** Names in plans of the source's b-trees of several keys; a name that two of them have tells nothing. */
function existingByName(
  twin: Twin,
  catalogue: Catalogue,
  sizes: IndexSizes,
): ReadonlyMap<string, PlannedIndex> {
  const byName = new Map<string, PlannedIndex>();
  const twice = new Set<string>();
  for (const definition of catalogue.tables.flatMap(({ indexes }) => indexes)) {
    const index = twin.existingIndex(definition.schema, definition.name);
    if (!index || definition.keys.length < 2) continue;
    if (byName.has(definition.name)) twice.add(definition.name);
    const { pages, isUnique } = definition;
    const shape = (): IndexShape => ({ ...sizes.of(definition), pages });
    byName.set(definition.name, { definition, index, id: undefined, isUnique, shape });
  }
  for (const name of twice) byName.delete(name);
  return byName;
}
