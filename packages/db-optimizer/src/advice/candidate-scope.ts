import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { indexId } from '../indexes/index-definition.ts';
import type { Candidate } from './candidates/candidate.ts';
import { isCovered } from './candidates/existing-indexes.ts';

/* The most promising candidates of a query: with more, planning a join of a dozen tables takes much longer. */
const MAX_THOROUGH = 48;
const MAX_LEAN = 16;

/**
 * Candidates as they came, and each one's leading key alone: the smallest index that may do nearly as well, where there
 * is no room for more.
 */
export function thoroughCandidates(
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  catalogue: Catalogue,
): Map<string, readonly Candidate[]> {
  return mapCandidates(
    candidates,
    (own) => {
      const promising = own.slice(0, MAX_THOROUGH);
      return [...promising, ...promising.map((candidate) => cut(candidate, 1))];
    },
    catalogue,
  );
}

/**
 * Narrow candidates alone, for workloads whose planning takes so long that the planner cannot be asked about more: two
 * keys at most, and nothing carried along.
 */
export function leanCandidates(
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  catalogue: Catalogue,
): Map<string, readonly Candidate[]> {
  return mapCandidates(candidates, (own) => own.map((candidate) => cut(candidate, 2)), catalogue, MAX_LEAN);
}

function mapCandidates(
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  change: (own: readonly Candidate[]) => readonly Candidate[],
  catalogue: Catalogue,
  limit = Number.POSITIVE_INFINITY,
): Map<string, readonly Candidate[]> {
  return new Map(
    [...candidates].map(([query, own]) => {
      const distinct = new Map<string, Candidate>();
      for (const candidate of change(own)) {
        const { index } = candidate;
        const table = catalogue.find(index.table, index.schema);
        if (table && !isThere(index, table) && !distinct.has(indexId(index)))
          distinct.set(indexId(index), candidate);
      }
      return [query, [...distinct.values()].slice(0, limit)];
    }),
  );
}

/** The index with its first keys alone; other kinds than b-trees as they are. */
function cut({ index, reason }: Candidate, width: number): Candidate {
  if (index.method !== 'btree' || (index.keys.length <= width && index.include.length === 0))
    return { index, reason };
  const keys = index.keys.slice(0, width);
  const narrow: IndexDefinition = { ...index, keys, include: [] };
  return { index: narrow, reason: `begins like: ${reason}` };
}

/** A single key is worth having beside a wide index that begins with it: it may be a third of the size. */
function isThere(index: IndexDefinition, table: Table): boolean {
  if (index.keys.length > 1 || index.include.length > 0) return isCovered(index, table);
  const narrow = table.indexes.filter(({ keys, include }) => keys.length === 1 && include.length === 0);
  return isCovered(index, { ...table, indexes: narrow });
}
