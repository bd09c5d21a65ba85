import { Client } from 'pg';
import { explainQuery, PlainHypoPg } from '../peers/plain-hypopg.ts';
import type { NamedQuery } from '../workload/workload.ts';

/** What the workload costs with certain indexes, and what they take. */
export interface Verdict {
  /** Planner units of each query's run, by its name. */
  readonly costs: ReadonlyMap<string, number>;
  /** All queries by their calls. */
  readonly total: number;
  readonly bytes: number;
}

/**
 * Says what indexes are worth by PostgreSQL's own word alone: nothing of the advisor is used. Once with HypoPG as it
 * comes, once with the indexes really built.
 */
export class Judge {
  readonly #client: Client;
  readonly #hypothetical: PlainHypoPg;
  readonly #queries: readonly NamedQuery[];
  #serial = 1;
  readonly #built = new Map<string, { name: string; bytes: number }>();

  private constructor(client: Client, queries: readonly NamedQuery[]) {
    this.#client = client;
    this.#hypothetical = new PlainHypoPg(client);
    this.#queries = queries;
  }

  /** @param url of a database that nobody else uses */
  static async open(url: string, queries: readonly NamedQuery[]): Promise<Judge> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('create extension if not exists hypopg');
    return new Judge(client, queries);
  }

  get database(): Client {
    return this.#client;
  }

  /** With the indexes as HypoPG imagines them. */
  async imagined(statements: readonly string[]): Promise<Verdict> {
    await this.#build([]);
    const costs = await this.#hypothetical.with(statements, () => this.#costs());
    return this.#verdict(costs, await this.#hypothetical.sizeOf(statements));
  }

  /** Those of the indexes that a plan uses when all are imagined. */
  async usedOf(statements: readonly string[]): Promise<string[]> {
    await this.#build([]);
    return await this.#hypothetical.with(statements, async (names) => {
      const used = new Set<string>();
      for (const query of this.#queries) {
        const { plans } = await this.#hypothetical.explainQuery(query);
        for (const [sql, name] of names) {
          if (plans.some((plan) => plan.includes(`"${name}"`))) used.add(sql);
        }
      }
      return [...used];
    });
  }

  /** With the indexes there. */
  async built(statements: readonly string[]): Promise<Verdict> {
    await this.#build(statements);
    const bytes = [...this.#built.values()].reduce((sum, each) => sum + each.bytes, 0);
    return this.#verdict(await this.#costs(), bytes);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  /** Builds what is missing and drops what is too much: a build takes long. */
  async #build(statements: readonly string[]): Promise<void> {
    for (const [sql, { name }] of this.#built) {
      if (statements.includes(sql)) continue;
      await this.#client.query(`drop index ${name}`);
      this.#built.delete(sql);
    }
    for (const sql of statements) {
      if (this.#built.has(sql)) continue;
      const name = `judged_${this.#serial++}`;
      await this.#client.query(sql.replace('create index on', `create index ${name} on`));
      const { rows } = await this.#client.query('select pg_relation_size($1::regclass)::text as bytes', [
        name,
      ]);
      this.#built.set(sql, { name, bytes: Number(rows[0]?.bytes) });
    }
  }

  async #costs(): Promise<Map<string, number>> {
    const costs = new Map<string, number>();
    for (const query of this.#queries) costs.set(query.name, (await explainQuery(this.#client, query)).cost);
    return costs;
  }

  #verdict(costs: Map<string, number>, bytes: number): Verdict {
    const total = this.#queries.reduce((sum, { name, calls = 1 }) => sum + calls * (costs.get(name) ?? 0), 0);
    return { costs, total, bytes };
  }
}

/** The geometric mean over the queries of what each costs to what it did before. */
export function meanRatio(before: Verdict, after: Verdict): number {
  const ratios = [...before.costs].map(([name, cost]) => (after.costs.get(name) ?? cost) / cost);
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}
