import { candidatesOf } from '../../src/advice/candidates/candidates-of.ts';
import { usageOf } from '../../src/advice/usage/usage-of.ts';
import type { ExplainableQuery } from '../../src/advice/workload.ts';
import type { Catalogue, IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { indexId } from '../../src/indexes/index-definition.ts';
import { SqlParser } from '../../src/sql/sql-parser.ts';
import type { NamedQuery } from '../workload/workload.ts';

/** A query, and indexes that might help it. */
export interface Pair {
  readonly name: string;
  readonly query: ExplainableQuery;
  readonly indexes: readonly IndexDefinition[];
}

/** For each query its best candidates, each by itself, and the first few of them together. */
export async function makePairs(
  queries: readonly NamedQuery[],
  catalogue: Catalogue,
  perQuery: number,
): Promise<Pair[]> {
  const parser = new SqlParser();
  try {
    const read = [];
    for (const query of queries) {
      const { tree } = await parser.parse(query.text);
      const usage = usageOf(tree, catalogue);
      for (const [at, variant] of (await variantsOf(parser, query)).entries()) {
        const name = variant.parameters > 0 ? `${query.name} (generic)` : query.name;
        const id = `${query.name} ${at}`;
        read.push({ name, usage, query: { id, text: query.text, weight: 1, variants: [variant] } });
      }
    }
    const candidates = candidatesOf(read.map(({ query, usage }) => ({ id: query.id, usage, weight: 1 })));
    return read.flatMap(({ name, query }) => {
      const chosen = (candidates.get(query.id) ?? []).slice(0, perQuery).map(({ index }) => index);
      const sets = [...chosen.map((index) => [index]), ...(chosen.length > 1 ? [chosen.slice(0, 3)] : [])];
      return sets.map((indexes) => ({ name, query, indexes }));
    });
  } finally {
    await parser.stop();
  }
}

/** With the values of its first sample, and with its parameters. */
async function variantsOf(
  parser: SqlParser,
  { text, samples = [] }: NamedQuery,
): Promise<ExplainableQuery['variants'][number][]> {
  const explainable = await parser.explainable(text);
  const generic = { text: explainable.text, share: 1, parameters: explainable.parameters };
  const [sample] = samples;
  if (explainable.parameters === 0 || sample === undefined) return [generic];
  return [{ text: await parser.bind(explainable.text, sample), share: 1, parameters: 0 }, generic];
}

/** Pairs that need the same indexes, so that these are built once. */
export function byIndexes(pairs: readonly Pair[]): Pair[][] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = pair.indexes.map(indexId).sort().join('\n');
    const group = groups.get(key);
    if (group) group.push(pair);
    else groups.set(key, [pair]);
  }
  return [...groups.values()];
}
