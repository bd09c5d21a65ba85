import type { Catalogue } from '../catalogue/catalogue.ts';
import { createIndexSql, indexId } from '../indexes/index-definition.ts';
import { ginIndexesOf } from './candidates/gin-indexes.ts';
import { indexName } from './index-name.ts';
import type { ReadStatement } from './read-workload.ts';
import type { UnverifiedIndex } from './recommendation.ts';

/* What nobody has verified should not be a long list. */
const MAX_UNVERIFIED = 20;

/** Indexes that suit what the statements search for, but that no what-if can cost: arrays, jsonb, texts, trigrams. */
export function unverifiedIndexes(
  statements: readonly ReadStatement[],
  catalogue: Catalogue,
): UnverifiedIndex[] {
  const used = statements.map(({ query, usage }) => ({ id: query.id, usage, weight: query.weight }));
  const texts = new Map(statements.map(({ query }) => [query.id, query.text]));
  const found = new Map<string, UnverifiedIndex & { queries: string[] }>();
  const taken = new Set(catalogue.tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  for (const [statement, candidates] of ginIndexesOf(used, catalogue)) {
    for (const { index, reason } of candidates) {
      const known = found.get(indexId(index));
      const text = texts.get(statement) ?? '';
      if (known) {
        known.queries.push(text);
        continue;
      }
      const name = indexName(index, taken);
      taken.add(name);
      const sql = createIndexSql(index, { name, concurrently: true });
      found.set(indexId(index), { definition: index, sql, reason, queries: [text] });
    }
  }
  return [...found.values()].slice(0, MAX_UNVERIFIED);
}
