import type { Queryable } from '@evenkeel/core';
import { literalTexts } from '../workload/literal-texts.ts';
import type { NamedQuery } from '../workload/workload.ts';

/** What PostgreSQL says of a query. */
export interface PlanSaid {
  readonly cost: number;
  /** The plan as JSON text: names of the indexes it uses are in it. */
  readonly plan: string;
}

/** The plans of all variants of a query. */
export interface QueryPlans {
  /** The mean over its variants. */
  readonly cost: number;
  readonly plans: readonly string[];
}

/** HypoPG as it comes, uncorrected, on one connection. */
export class PlainHypoPg {
  readonly #database: Queryable;

  /** @param database one connection, not a pool, where the extension is there */
  constructor(database: Queryable) {
    this.#database = database;
  }

  /** @returns its object id, and the name it has in plans */
  async create(sql: string): Promise<{ oid: number; name: string }> {
    const { rows } = await this.#database.query<{ oid: number; name: string }>(
      'select indexrelid as oid, indexname as name from hypopg_create_index($1)',
      [sql],
    );
    const made = rows[0];
    if (made === undefined) throw new Error(`no hypothetical index came of ${sql}`);
    return made;
  }

  async drop(oid: number): Promise<void> {
    await this.#database.query('select hypopg_drop_index($1)', [oid]);
  }

  /** Bytes, by HypoPG's own estimate. */
  async size(oid: number): Promise<number> {
    const { rows } = await this.#database.query<{ bytes: string }>(
      'select hypopg_relation_size($1)::text as bytes',
      [oid],
    );
    return Number(rows[0]?.bytes);
  }

  /** Does some work while the indexes are there; they are gone afterwards. */
  async with<T>(statements: readonly string[], work: (names: Map<string, string>) => Promise<T>): Promise<T> {
    const made: number[] = [];
    const names = new Map<string, string>();
    try {
      for (const sql of statements) {
        const { oid, name } = await this.create(sql);
        made.push(oid);
        names.set(sql, name);
      }
      return await work(names);
    } finally {
      for (const oid of made) await this.drop(oid);
    }
  }

  /** Bytes of all of them together. */
  async sizeOf(statements: readonly string[]): Promise<number> {
    let bytes = 0;
    for (const sql of statements) {
      const { oid } = await this.create(sql);
      bytes += await this.size(oid);
      await this.drop(oid);
    }
    return bytes;
  }

  explain(text: string): Promise<PlanSaid> {
    return explain(this.#database, text);
  }

  explainQuery(query: NamedQuery): Promise<QueryPlans> {
    return explainQuery(this.#database, query);
  }
}

async function explain(database: Queryable, text: string): Promise<PlanSaid> {
  const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }>(
    `explain (format json) ${text}`,
  );
  const plan = rows[0]?.['QUERY PLAN'];
  if (plan === undefined) throw new Error(`no plan of ${text}`);
  return { cost: plan[0].Plan['Total Cost'], plan: JSON.stringify(plan) };
}

/** Plans each variant of a query with the indexes that are there, hypothetical or real. */
export async function explainQuery(database: Queryable, query: NamedQuery): Promise<QueryPlans> {
  const said: PlanSaid[] = [];
  for (const text of literalTexts(query)) said.push(await explain(database, text));
  return {
    cost: said.reduce((sum, { cost }) => sum + cost, 0) / said.length,
    plans: said.map(({ plan }) => plan),
  };
}
