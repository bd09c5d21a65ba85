import { ConfigurationError } from '@evenkeel/core';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { missingForeignKeyIndexes } from './foreign-keys.ts';
import type { IndexContext, IndexFinding, MissingForeignKeyIndex, SeenQuery } from './index-finding.ts';
import { invalidIndexes } from './invalid-indexes.ts';
import { redundantIndexes } from './redundant-indexes.ts';
import { unusedIndexes } from './unused-indexes.ts';
import { type WriteBurden, writeBurdens } from './write-burden.ts';

/** What is amiss with the indexes there are. Within each list the largest comes first. */
export interface IndexAnalysis {
  /** Foreign keys without an index. What queries lack, the index advice tells. */
  readonly missing: readonly MissingForeignKeyIndex[];
  readonly duplicate: readonly IndexFinding[];
  readonly covered: readonly IndexFinding[];
  readonly unused: readonly IndexFinding[];
  readonly invalid: readonly IndexFinding[];
  /** Tables whose indexes make writing expensive. */
  readonly burdened: readonly WriteBurden[];
}

export interface AnalyzeIndexesOptions {
  /** Queries that were seen: an index in one of their plans is not unused. @defaultValue none */
  readonly queries?: readonly SeenQuery[];
  /** Epoch ms, when the catalogue was read. */
  readonly now: number;
}

/**
 * Finds indexes that do no good, and foreign keys that lack one. Pure: nothing is asked of the database, and nothing is
 * changed. An index that is superfluous for two reasons is told once, for the first of invalid, duplicate, covered,
 * unused.
 *
 * @throws ConfigurationError
 */
export function analyzeIndexes(
  catalogue: Catalogue,
  { queries = [], now }: AnalyzeIndexesOptions,
): IndexAnalysis {
  if (!Number.isFinite(now))
    throw new ConfigurationError('analyzeIndexes', [
      { path: 'now', value: now, expected: 'a time in epoch ms' },
    ]);
  const context: IndexContext = {
    catalogue,
    now,
    usedBy: indexesUsedBy(queries),
    windowMs: windowOf(catalogue, now),
  };
  const { tables } = catalogue;
  const redundant = tables.flatMap((table) => redundantIndexes(table, context)).sort(bySize);
  const told = new Set(redundant.map(({ index }) => index.oid));
  return {
    missing: tables
      .flatMap((table) => missingForeignKeyIndexes(table, catalogue))
      .sort((a, b) => Number(b.evidence.bytes) - Number(a.evidence.bytes)),
    duplicate: redundant.filter(({ kind }) => kind === 'duplicate'),
    covered: redundant.filter(({ kind }) => kind === 'covered'),
    unused: tables
      .flatMap((table) => unusedIndexes(table, context))
      .filter(({ index }) => !told.has(index.oid))
      .sort(bySize),
    invalid: tables.flatMap((table) => invalidIndexes(table, context)).sort(bySize),
    burdened: writeBurdens(catalogue),
  };
}

function bySize(a: IndexFinding, b: IndexFinding): number {
  return Number(b.evidence.bytes) - Number(a.evidence.bytes) || (a.id < b.id ? -1 : 1);
}

function indexesUsedBy(queries: readonly SeenQuery[]): Map<string, string[]> {
  const used = new Map<string, string[]>();
  for (const { id, plan } of queries) {
    const names = new Set(plan?.nodes.flatMap(({ index }) => index ?? []));
    for (const name of names) used.set(name, [...(used.get(name) ?? []), id]);
  }
  return used;
}

/**
 * How long scans have been counted, at least. `stats_reset` is empty until somebody resets the counts, and a crash
 * resets them without a word; but what was counted then is forgotten too, so they are as old as the oldest ANALYZE
 * they remember.
 */
function windowOf({ statisticsSince, tables }: Catalogue, now: number): number | undefined {
  const remembered = tables.flatMap(({ activity, indexes }) => [
    activity.lastAnalyze ?? now,
    ...indexes.map(({ lastScan }) => lastScan ?? now),
  ]);
  const oldest = remembered.reduce((least, at) => Math.min(least, at), statisticsSince ?? now);
  return oldest < now ? now - oldest : undefined;
}
