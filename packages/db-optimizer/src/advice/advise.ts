import type { Clock } from '@evenkeel/core';
import type { Catalogue, Table } from '../catalogue/catalogue.ts';
import type { SqlParser } from '../sql/sql-parser.ts';
import type { WhatIf } from '../what-if/what-if.ts';
import { adviceOf } from './advice-of.ts';
import { leanCandidates, thoroughCandidates } from './candidate-scope.ts';
import type { Candidate } from './candidates/candidate.ts';
import { candidatesOf } from './candidates/candidates-of.ts';
import { planAsTheyAre } from './plan-as-they-are.ts';
import { MAX_VARIANTS, type ReadStatement, readWorkload, type SkippedStatement } from './read-workload.ts';
import type { IndexAdvice } from './recommendation.ts';
import { selectIndexes } from './selection/select-indexes.ts';
import type { WorkloadQuery } from './workload.ts';
import { writesOf } from './workload-writes.ts';
import { WriteBills } from './write-bill.ts';

export interface AdviseInput {
  readonly workload: readonly WorkloadQuery[];
  /** How long the workload took, in ms; undefined if not known. */
  readonly windowMs: number | undefined;
  readonly catalogue: Catalogue;
  readonly whatIf: WhatIf;
  readonly parser: SqlParser;
  /** Bytes. @defaultValue what the heaps of the workload's tables take */
  readonly storageBudget: number | undefined;
  readonly maxIndexes: number;
  /** Share of the workload's cost that an index has to save. */
  readonly minSaving: number;
  /** @defaultValue 1500, or 30 for each query where that is more */
  readonly maxPlannerCalls: number | undefined;
  /** In ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/* Enough for two dozen queries of a data warehouse; planning a join of many tables takes ten milliseconds and more. */
const MIN_CALLS = 1500;
const CALLS_PER_QUERY = 30;
/* Planning takes so many times as long with candidates there as without. */
const SLOWER_WITH_INDEXES = 3;

/** Finds the indexes that a workload wants: read, think of candidates, ask the planner, choose, and say why. */
export async function advise(input: AdviseInput): Promise<IndexAdvice> {
  const { catalogue, whatIf, clock } = input;
  const startedAt = clock.monotonic();
  const firstCall = whatIf.calls;
  const skipped: SkippedStatement[] = [];
  const missing = [...catalogue.missing];
  const statements = await readWorkload(input, skipped);
  const planningSince = clock.monotonic();
  const plannable = await planAsTheyAre(statements, input, skipped);
  missing.push(...unknownOf(plannable));
  const planned = plannable.map(({ query, bareCost }) => ({ query, bareCost }));
  const msPerCall = (clock.monotonic() - planningSince) / Math.max(1, whatIf.calls - firstCall);
  const tables = tablesOf(plannable);
  const heapBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const storageBudget = input.storageBudget ?? heapBytes;
  const maxPlannerCalls = input.maxPlannerCalls ?? Math.max(MIN_CALLS, CALLS_PER_QUERY * planned.length);
  const msLeft = input.timeout - (clock.monotonic() - startedAt);
  const affordable = Math.min(maxPlannerCalls, msLeft / (SLOWER_WITH_INDEXES * msPerCall));
  const thought = candidatesOf(
    plannable.map(({ query, usage }) => ({ id: query.id, usage, weight: query.weight })),
  );
  // Building an index counts the rows of a table that was never analysed, and the count stays: no saving of the index's.
  if (whatIf.method === 'rolled-back index') leaveOutUncounted(thought, catalogue, missing);
  const thorough = thoroughCandidates(thought, catalogue);
  // With fewer calls than there are candidates to try, wide ones could not be told from one another.
  const isThorough = affordable >= [...thorough.values()].reduce((sum, own) => sum + own.length, 0);
  const candidates = isThorough ? thorough : leanCandidates(thought, catalogue);
  const writes = writesOf(
    statements.map(({ query, usage, rowsPerCall }) => ({ usage, calls: query.weight, rowsPerCall })),
    tables,
    windowShareOf(input),
  );
  const bills = new WriteBills(catalogue, writes);
  const selection = await selectIndexes({
    queries: planned,
    candidates,
    whatIf,
    writeCost: (index) => bills.of(index).cost ?? 0,
    storageBudget,
    maxIndexes: input.maxIndexes,
    minSaving: input.minSaving,
    // The last question may be of as many variants.
    maxCalls: maxPlannerCalls - (whatIf.calls - firstCall) - (MAX_VARIANTS - 1),
    isOver: () => clock.monotonic() - startedAt > input.timeout,
    signal: input.signal,
  });
  return adviceOf({
    selection,
    statements: plannable,
    catalogue,
    bills,
    storageBudget,
    skipped,
    missing,
    whatIf,
    plannerCalls: whatIf.calls - firstCall,
    durationMs: clock.monotonic() - startedAt,
  });
}

/* Of what is not known, so many names are told. */
const MAX_NAMED = 20;

/** Foreign tables, say, and views that are written to: the planner knows them, and no index was thought of. */
function unknownOf(statements: readonly ReadStatement[]): string[] {
  const names = [...new Set(statements.flatMap(({ usage }) => usage.unknown))];
  if (names.length === 0) return [];
  const told = names.slice(0, MAX_NAMED).join(', ');
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return [`no index was thought of for ${told}${more}, of which too little is known`];
}

function leaveOutUncounted(
  candidates: Map<string, readonly Candidate[]>,
  catalogue: Catalogue,
  missing: string[],
): void {
  const uncounted = new Set<string>();
  for (const [query, own] of candidates) {
    const counted = own.filter(({ index }) => {
      const isCounted = catalogue.find(index.table, index.schema)?.rows !== undefined;
      if (!isCounted) uncounted.add(index.table);
      return isCounted;
    });
    candidates.set(query, counted);
  }
  for (const table of uncounted) missing.push(`${table} was never analysed: run ANALYZE, and ask again`);
}

function tablesOf(statements: readonly ReadStatement[]): Table[] {
  const byOid = new Map<number, Table>();
  for (const { usage } of statements) {
    for (const { table } of usage.tables) byOid.set(table.oid, table);
    for (const { table } of usage.writes) byOid.set(table.oid, table);
  }
  return [...byOid.values()];
}

function windowShareOf({ windowMs, catalogue, clock }: AdviseInput): number | undefined {
  if (windowMs === undefined || catalogue.statisticsSince === undefined) return undefined;
  const counted = clock.now() - catalogue.statisticsSince;
  return counted > 0 ? windowMs / counted : undefined;
}
