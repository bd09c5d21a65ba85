import { isStale } from '../analysis/statistics/stale-statistics.ts';
import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { createIndexSql, indexId } from '../indexes/index-definition.ts';
import type { WhatIf } from '../what-if/what-if.ts';
import { indexName } from './index-name.ts';
import { indexScript } from './index-script.ts';
import type { ReadStatement } from './read-workload.ts';
import type { Confidence, IndexAdvice, IndexRecommendation, RejectedIndex } from './recommendation.ts';
import type { ChosenIndex, GivenUpIndex, QueryCosts, Selection } from './selection/select-indexes.ts';
import { unverifiedIndexes } from './unverified-indexes.ts';
import type { WriteBill, WriteBills } from './write-bill.ts';

export interface AdviceParts {
  readonly selection: Selection;
  readonly statements: readonly ReadStatement[];
  readonly catalogue: Catalogue;
  readonly bills: WriteBills;
  readonly storageBudget: number;
  readonly skipped: IndexAdvice['skipped'];
  readonly missing: readonly string[];
  readonly whatIf: WhatIf;
  readonly plannerCalls: number;
  readonly durationMs: number;
}

/* The rest is not worth reading. */
const MAX_REJECTED = 50;

/** Says what was chosen and what was not, with what is known of each. */
export function adviceOf(parts: AdviceParts): IndexAdvice {
  const { selection, catalogue, whatIf } = parts;
  const before = weighted(selection.queries, ({ before: cost }) => cost);
  const taken = new Set(catalogue.tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  const recommendations: IndexRecommendation[] = [];
  for (const chosen of selection.chosen) {
    const recommendation = recommend(chosen, parts, taken, before);
    taken.add(recommendation.name);
    recommendations.push(recommendation);
  }
  const ratios = selection.queries.map((query) => (query.before > 0 ? query.after / query.before : 1));
  return {
    recommendations,
    rejected: selection.givenUp
      .map((given) => reject(given, parts))
      .sort((a, b) => (b.costSaved ?? 0) - (a.costSaved ?? 0))
      .slice(0, MAX_REJECTED),
    unverified: unverifiedIndexes(parts.statements, catalogue),
    queries: selection.queries.map(({ query, before: costBefore, after, floor }) => ({
      id: query.id,
      text: query.text,
      calls: query.weight,
      costBefore,
      costAfter: after,
      costFloor: floor,
    })),
    skipped: parts.skipped,
    cost: {
      before,
      after: weighted(selection.queries, ({ after }) => after),
      floor: weighted(selection.queries, ({ floor }) => floor),
    },
    ratio: geometricMean(ratios),
    bytes: recommendations.reduce((sum, { bytes }) => sum + bytes, 0),
    storageBudget: parts.storageBudget,
    verifiedBy: whatIf.method,
    plannerCalls: parts.plannerCalls,
    durationMs: parts.durationMs,
    isCutShort: selection.isCutShort,
    missing: parts.missing,
  };
}

function recommend(
  { candidate, position, bytes, saving }: ChosenIndex,
  { selection, statements, catalogue, bills, whatIf }: AdviceParts,
  taken: ReadonlySet<string>,
  before: number,
): IndexRecommendation {
  const { index } = candidate;
  const table = catalogue.find(index.table, index.schema);
  const name = indexName(index, taken);
  const helped = selection.queries.filter(({ uses }) => uses.includes(position));
  const helpedIds = new Set(helped.map(({ query }) => query.id));
  const isGeneric = statements.some(({ query }) => {
    return helpedIds.has(query.id) && query.variants.some(({ parameters }) => parameters > 0);
  });
  const writes = bills.of(index);
  const caveats = caveatsOf(index, table, { catalogue, isGeneric, writes });
  return {
    id: indexId(index),
    name,
    definition: index,
    sql: createIndexSql(index, { name, concurrently: table?.kind !== 'partitioned' }),
    script: table ? indexScript(index, name, table, { tables: catalogue.tables, taken }) : '',
    reason: candidate.reason,
    queries: helped.map(({ query, before: costBefore, after: costAfter }) => {
      return { id: query.id, text: query.text, calls: query.weight, costBefore, costAfter };
    }),
    costSaved: saving,
    share: before > 0 ? saving / before : 0,
    bytes,
    writes,
    verifiedBy: whatIf.method,
    confidence: confidenceOf(helped, table, catalogue, isGeneric),
    caveats,
  };
}

function caveatsOf(
  index: IndexDefinition,
  table: Table | undefined,
  { catalogue, isGeneric, writes }: { catalogue: Catalogue; isGeneric: boolean; writes: WriteBill },
): string[] {
  const caveats: string[] = [];
  if (table && !hasStatistics(table))
    caveats.push(`${table.name} was never analysed: run ANALYZE and ask again`);
  else if (table && isStale(table, catalogue))
    caveats.push(`much of ${table.name} has changed since it was analysed`);
  if (isGeneric)
    caveats.push(
      'some queries were planned without values for their parameters, as none were seen that would do',
    );
  if (index.where !== undefined && isGeneric) {
    caveats.push(
      'a statement that is prepared by name, and planned generically, may not use a partial index',
    );
  }
  if (writes.cost === undefined) caveats.push('no writes are known, so its upkeep was not weighed');
  if (writes.hotUpdatesLost > 0) {
    caveats.push(
      `${Math.round(writes.hotUpdatesLost)} updates of the workload would have to write every index`,
    );
  }
  return caveats;
}

function confidenceOf(
  helped: readonly QueryCosts[],
  table: Table | undefined,
  catalogue: Catalogue,
  isGeneric: boolean,
): Confidence {
  if (!table || !hasStatistics(table)) return 'low';
  // What the planner is off by is of the order of some per cent.
  const isClear = helped.some(({ before, after }) => after < 0.8 * before);
  if (!isClear) return 'low';
  return isGeneric || isStale(table, catalogue) ? 'medium' : 'high';
}

function hasStatistics({ rows, columns }: Table): boolean {
  return rows !== undefined && columns.some(({ statistics }) => statistics !== undefined);
}

function reject(given: GivenUpIndex, { storageBudget }: AdviceParts): RejectedIndex {
  const { candidate, bytes, loss, writeCost } = given;
  const definition = candidate.index;
  return { definition, bytes, costSaved: loss, reason: reasonOf(given, writeCost, storageBudget) };
}

function reasonOf(
  { because, loss = 0, bytes }: GivenUpIndex,
  writeCost: number,
  storageBudget: number,
): string {
  switch (because) {
    case 'not used':
      return 'no plan used it while all candidates were there';
    case 'not needed':
      return 'others that were chosen do nearly as well';
    case 'merged':
      return 'another one stands in for it and a like one';
    case 'small saving':
      if (loss <= 0 && writeCost > 0) return 'its upkeep takes more than it saves';
      return 'it saves too little beside the others';
    case 'storage':
      if (bytes > storageBudget) return 'it is larger than all the storage allowed';
      return 'others save more for the storage it takes';
  }
}

function weighted(queries: readonly QueryCosts[], costOf: (query: QueryCosts) => number): number {
  return queries.reduce((sum, each) => sum + each.query.weight * costOf(each), 0);
}

function geometricMean(ratios: readonly number[]): number {
  if (ratios.length === 0) return 1;
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(Math.max(ratio, 1e-9)), 0) / ratios.length);
}
