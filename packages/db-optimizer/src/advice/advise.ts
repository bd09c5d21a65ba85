import { type Clock, EvenkeelError } from '@evenkeel/core';
import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import type { SqlParser } from '../sql/sql-parser.ts';
import type { WhatIf } from '../what-if/what-if.ts';
import { adviceOf } from './advice-of.ts';
import { leanCandidates, thoroughCandidates } from './candidate-scope.ts';
import type { Candidate } from './candidates/candidate.ts';
import { candidatesOf } from './candidates/candidates-of.ts';
import type { IndexAdvice } from './recommendation.ts';
import type { PlannedQuery } from './selection/cost-book.ts';
import { selectIndexes } from './selection/select-indexes.ts';
import type { StatementUsage } from './usage/statement-usage.ts';
import { usageOf } from './usage/usage-of.ts';
import type { ExplainableQuery, WorkloadQuery } from './workload.ts';
import { writesOf } from './workload-writes.ts';
import { writeBill } from './write-bill.ts';

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

/** A statement of the workload that was read. */
export interface ReadStatement {
  readonly query: ExplainableQuery;
  readonly usage: StatementUsage;
  /** Whether the planner is asked of it with values that were seen. */
  readonly hasSamples: boolean;
  readonly rowsPerCall: number;
}

/* More differ by their values alone, and each costs a planner call every time. */
const MAX_VARIANTS = 3;

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
  const skipped: { text: string; reason: string }[] = [];
  const missing = [...catalogue.missing];
  const statements = await readWorkload(input, skipped);
  const planningSince = clock.monotonic();
  const { planned, statements: plannable } = await planBare(statements, input, skipped);
  const msPerCall = (clock.monotonic() - planningSince) / Math.max(1, whatIf.calls - firstCall);
  const tables = tablesOf(plannable);
  const heapBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const storageBudget = input.storageBudget ?? heapBytes;
  const maxPlannerCalls = input.maxPlannerCalls ?? Math.max(MIN_CALLS, CALLS_PER_QUERY * planned.length);
  const msLeft = input.timeout - (clock.monotonic() - startedAt);
  const affordable = Math.min(maxPlannerCalls, msLeft / (SLOWER_WITH_INDEXES * msPerCall));
  const thought = candidatesOf(
    plannable.map(({ query, usage }) => ({ id: query.id, usage, weight: query.weight })),
    catalogue,
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
  const billOf = (index: IndexDefinition) => {
    const table = catalogue.find(index.table, index.schema);
    if (!table) throw new EvenkeelError(`there is no table ${index.table}`, { code: 'UNKNOWN_TABLE' });
    return writeBill(index, table, whatIf.size(index), keyBytesOf(index, table), writes.get(table.oid));
  };
  const selection = await selectIndexes({
    queries: planned,
    candidates,
    whatIf,
    writeCost: (index) => billOf(index).cost ?? 0,
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
    billOf,
    storageBudget,
    skipped,
    missing,
    whatIf,
    plannerCalls: whatIf.calls - firstCall,
    durationMs: clock.monotonic() - startedAt,
  });
}

/** Like statements become one; what cannot be read, or is nothing to plan, is skipped with the reason. */
export async function readWorkload(
  { workload, parser, catalogue, signal }: Pick<AdviseInput, 'workload' | 'parser' | 'catalogue' | 'signal'>,
  skipped: { text: string; reason: string }[],
): Promise<ReadStatement[]> {
  const byId = new Map<string, { first: WorkloadQuery; calls: number; rows: number; samples: unknown[][] }>();
  for (const query of workload) {
    signal?.throwIfAborted();
    try {
      const { id, kind } = await parser.describe(query.text);
      if (kind === 'transaction' || kind === 'other') {
        skipped.push({ text: query.text, reason: 'nothing that is planned' });
        continue;
      }
      const calls = query.calls ?? 1;
      const known = byId.get(id) ?? { first: query, calls: 0, rows: 0, samples: [] };
      known.calls += calls;
      known.rows += calls * (query.rows ?? 1);
      known.samples.push(...(query.samples ?? []).map((sample) => [...sample]));
      byId.set(id, known);
    } catch (error) {
      skipped.push({ text: query.text, reason: reasonOf(error) });
    }
  }
  const statements: ReadStatement[] = [];
  for (const [id, { first, calls, rows, samples }] of byId) {
    signal?.throwIfAborted();
    try {
      const usage = usageOf((await parser.parse(first.text)).tree, catalogue);
      const variants = await variantsOf(parser, first.text, samples);
      const query = { id, text: first.text, weight: calls, variants };
      statements.push({
        query,
        usage,
        hasSamples: samples.length > 0,
        rowsPerCall: calls > 0 ? rows / calls : 1,
      });
    } catch (error) {
      skipped.push({ text: first.text, reason: reasonOf(error) });
    }
  }
  return statements;
}

/** As the planner is to see it: with the values of a few samples, or with its parameters. */
async function variantsOf(
  parser: SqlParser,
  text: string,
  samples: readonly (readonly unknown[])[],
): Promise<ExplainableQuery['variants']> {
  const { text: generic, parameters } = await parser.explainable(text);
  if (parameters === 0) return [{ text: generic, share: 1, parameters: 0 }];
  // From all over what was seen, not the first ones alone.
  const step = Math.max(1, Math.floor(samples.length / MAX_VARIANTS));
  const bound = new Set<string>();
  for (let at = 0; at < samples.length && bound.size < MAX_VARIANTS; at += step) {
    const sample = samples[at];
    if (sample && sample.length >= parameters) bound.add(await parser.bind(generic, sample));
  }
  if (bound.size === 0) return [{ text: generic, share: 1, parameters }];
  return [...bound].map((each) => ({ text: each, share: 1 / bound.size, parameters: 0 }));
}

/** The cost of each as things are; what the planner refuses is skipped. */
async function planBare(
  statements: readonly ReadStatement[],
  { whatIf, signal }: AdviseInput,
  skipped: { text: string; reason: string }[],
): Promise<{ planned: PlannedQuery[]; statements: ReadStatement[] }> {
  const planned: PlannedQuery[] = [];
  const plannable: ReadStatement[] = [];
  for (const statement of statements) {
    signal?.throwIfAborted();
    try {
      const { cost } = await whatIf.cost(statement.query, []);
      planned.push({ query: statement.query, bareCost: cost });
      plannable.push(statement);
    } catch (error) {
      if (!(error instanceof EvenkeelError) || error.code !== 'PLAN') throw error;
      skipped.push({ text: statement.query.text, reason: reasonOf(error) });
    }
  }
  return { planned, statements: plannable };
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

/** What the key of an entry takes: the mean widths of its columns, 8 bytes for what is not known. */
function keyBytesOf({ keys, include }: IndexDefinition, { columns }: Table): number {
  const widthOf = (name: string): number => {
    const column = columns.find((each) => each.name === name);
    return column?.statistics?.averageWidth ?? (column && column.typeLength > 0 ? column.typeLength : 8);
  };
  const names = [...keys.map(({ sql }) => sql), ...include];
  return names.reduce((sum, name) => sum + widthOf(name), 0);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
