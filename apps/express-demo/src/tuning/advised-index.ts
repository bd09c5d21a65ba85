import type { DatabaseSnapshot } from '@evenkeel/db-optimizer';

/** An index that is advised, as far as it is needed to make it and to measure what came of it. */
export interface AdvisedIndex {
  readonly id: string;
  /** Quoted, with its schema: `"evenkeel_demo"."products_rating_id_idx"`. */
  readonly name: string;
  /** `CREATE INDEX CONCURRENTLY …` */
  readonly sql: string;
  /** Of the statements that it helps. */
  readonly statementIds: readonly string[];
}

/** The index of that id, where it is advised at present. */
export function findAdvised({ advisedIndexes }: DatabaseSnapshot, id: string): AdvisedIndex | undefined {
  const advised = advisedIndexes.find((each) => each.id === id);
  if (!advised) return undefined;
  const { schema, name, sql, queries } = advised;
  return { id, name: `${quote(schema)}.${quote(name)}`, sql, statementIds: queries.map((query) => query.id) };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
