import type { IndexDefinition } from '../../catalogue/catalogue.ts';
import { indexId } from '../../indexes/index-definition.ts';
import type { Candidate } from '../candidates/candidate.ts';
import type { CandidatePool } from './candidate-pool.ts';
import type { PlannedQuery } from './cost-book.ts';
import { type IndexSet, setOf } from './index-set.ts';

/**
 * Which candidates can matter to each query: its own, and those of others that begin with a key that one of its own
 * begins with on the same table. Fewer than all, so that plans are found again more often, and planned faster.
 */
export function relevantIndexes(
  queries: readonly PlannedQuery[],
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  { indexes }: CandidatePool,
): IndexSet[] {
  const all = indexes.map(({ candidate: { index } }) => ({
    id: indexId(index),
    leading: leadingKey(index),
    isWhole: index.where === undefined,
  }));
  return queries.map(({ query }) => {
    const own = candidates.get(query.id) ?? [];
    const ids = new Set(own.map(({ index }) => indexId(index)));
    const leading = new Set(own.map(({ index }) => leadingKey(index)));
    const relevant: number[] = [];
    for (const [position, each] of all.entries()) {
      if (ids.has(each.id) || (each.isWhole && leading.has(each.leading))) relevant.push(position);
    }
    return setOf(relevant);
  });
}

function leadingKey({ schema, table, method, keys }: IndexDefinition): string {
  return JSON.stringify([schema, table, method, keys[0]?.kind, keys[0]?.sql]);
}
