import { indexId } from '../../indexes/index-definition.ts';
import type { StatementUsage } from '../usage/statement-usage.ts';
import { brinIndexesFor } from './brin.ts';
import type { Candidate } from './candidate.ts';
import { isSmall, MIN_PAGES } from './columns.ts';
import { isCovered } from './existing-indexes.ts';
import { ideasFor } from './ideas.ts';
import { JoinReach } from './join-reach.ts';

/** How many candidates there may be, and of what size. */
export interface CandidateLimits {
  /** Keys of an index, where more are not wanted for an order. @defaultValue 3 */
  readonly width?: number;
  /** Pages of a table: in a smaller one nothing is found faster by an index. @defaultValue 8 */
  readonly minPages?: number;
  /** Candidates for each table in each place of a statement. @defaultValue 16 */
  readonly perTable?: number;
  /** Candidates for all statements. @defaultValue 25 times the square root of their number, but at least 40 */
  readonly total?: number;
}

/** A statement of the workload. */
export interface UsedStatement {
  readonly id: string;
  readonly usage: StatementUsage;
  /** How often it runs. */
  readonly weight: number;
}

/**
 * The indexes worth asking the planner about, for each statement by its id, the most promising first. No existing
 * index does the same, and none is longer than a b-tree can hold. Where there would be too many, each statement keeps
 * its best ones in turn. B-trees and BRIN; for GIN see {@link ginIndexesOf}.
 */
export function candidatesOf(
  statements: readonly UsedStatement[],
  limits: CandidateLimits = {},
): Map<string, readonly Candidate[]> {
  const { width = 3, minPages = MIN_PAGES, perTable = 16 } = limits;
  const { total = Math.max(40, Math.round(25 * Math.sqrt(statements.length))) } = limits;
  // Those that run most often come first in each turn.
  const ranked = statements
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ id, usage }) => ({
      id,
      candidates: rankedFor(usage, { width, minPages, perTable }),
    }));
  const chosen = new Set<string>();
  const longest = Math.max(0, ...ranked.map(({ candidates }) => candidates.length));
  for (let turn = 0; turn < longest; turn++) {
    for (const { candidates } of ranked) {
      const candidate = candidates[turn];
      if (candidate && chosen.size < total) chosen.add(indexId(candidate.index));
    }
  }
  return new Map(
    ranked.map(({ id, candidates }) => [id, candidates.filter(({ index }) => chosen.has(indexId(index)))]),
  );
}

interface RankOptions {
  readonly width: number;
  readonly minPages: number;
  readonly perTable: number;
}

function rankedFor(usage: StatementUsage, { width, minPages, perTable }: RankOptions): Candidate[] {
  const promises = new Map<string, { candidate: Candidate; promise: number }>();
  const reach = new JoinReach(usage);
  for (const place of usage.tables) {
    const { table } = place;
    if (isSmall(table, minPages)) continue;
    const others = brinIndexesFor(place).map((candidate) => ({
      ...candidate,
      promise: table.pages ** 0.25,
    }));
    const ideas = [...others, ...ideasFor(place, width, reach)]
      .filter(({ index }) => !isCovered(index, table))
      .slice(0, perTable);
    for (const { index, reason, promise } of ideas) {
      const id = indexId(index);
      const known = promises.get(id);
      if (!known || known.promise < promise) promises.set(id, { candidate: { index, reason }, promise });
    }
  }
  return [...promises.values()]
    .sort((one, other) => other.promise - one.promise)
    .map(({ candidate }) => candidate);
}
