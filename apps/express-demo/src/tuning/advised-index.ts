import type { Recommendation } from '@evenkeel/core';
import { z } from 'zod';

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

const PREFIX = 'db-optimizer:index:make:';
const EVIDENCE = z.object({ sql: z.string(), queries: z.array(z.object({ id: z.string() })) });

/* The first name is the index's; the second, its table's schema, is where it will be. */
const CREATE_INDEX = /^create index concurrently ("(?:[^"]|"")+") on ("(?:[^"]|"")+")\./i;

/** The index of that id, where making it is among the recommendations. */
export function findAdvised(
  recommendations: readonly Recommendation[],
  id: string,
): AdvisedIndex | undefined {
  const recommendation = recommendations.find((each) => each.id === PREFIX + id);
  if (!recommendation) return undefined;
  const { sql, queries } = EVIDENCE.parse(recommendation.evidence);
  const [, name, schema] = CREATE_INDEX.exec(sql) ?? [];
  if (name === undefined || schema === undefined) return undefined;
  return { id, name: `${schema}.${name}`, sql, statementIds: queries.map((query) => query.id) };
}
