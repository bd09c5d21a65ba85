import { EvenkeelError, type Queryable, StateError, toError } from '@evenkeel/core';
import type { ExplainableQuery } from '../advice/workload.ts';
import type { Catalogue, IndexDefinition } from '../catalogue/catalogue.ts';
import { createIndexSql, indexId } from '../indexes/index-definition.ts';
import { IndexSizes } from '../indexes/index-size.ts';
import { type OpenSessionOptions, openSession } from '../session/open-session.ts';
import type { Session } from '../session/session.ts';
import { PlanError } from './plan-error.ts';
import { nodesOf } from './plan-node.ts';
import { PlannerSession } from './planner-session.ts';
import type { PlannedCost, WhatIf } from './what-if.ts';

export interface RolledBackIndexesOptions extends OpenSessionOptions {
  /** Tables of more rows are refused: everybody waits while an index is built. @defaultValue 200000 */
  readonly maxRows?: number;
}

const NAME_PREFIX = 'evenkeel_what_if_';

/* Plans name the indexes of partitions, never that of the whole table. */
const PARTS = `
with recursive part as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2
  union all
  select i.inhrelid from pg_inherits i join part on part.oid = i.inhparent
)
select c.relname as name from part join pg_class c using (oid)`;

const NOT_ALLOWED = '42501';

/**
 * Costs by indexes that are really built, in a transaction that is always rolled back. Exact; but whoever writes to
 * the table waits meanwhile, and on an embedded database everybody does: for demos and tests. The connection is taken
 * for each question anew and given back at once.
 */
export class RolledBackIndexes implements WhatIf {
  readonly method = 'rolled-back index';
  readonly #database: Queryable;
  readonly #catalogue: Catalogue;
  readonly #options: OpenSessionOptions;
  readonly #maxRows: number;
  readonly #sizes: IndexSizes;
  #calls = 0;
  #isClosed = false;

  constructor(
    database: Queryable,
    catalogue: Catalogue,
    { maxRows = 200_000, ...options }: RolledBackIndexesOptions = {},
  ) {
    this.#database = database;
    this.#catalogue = catalogue;
    this.#options = options;
    this.#maxRows = maxRows;
    this.#sizes = new IndexSizes(catalogue);
  }

  get calls(): number {
    return this.#calls;
  }

  size(index: IndexDefinition): number {
    return this.#sizes.of(index).bytes;
  }

  /** @throws PlanError where a table has too many rows, too */
  async cost(query: ExplainableQuery, indexes: readonly IndexDefinition[]): Promise<PlannedCost> {
    for (const index of indexes) this.#checkRows(query, index);
    return await this.#inTransaction(query, async (session) => {
      const ids = new Map<string, string>();
      for (const [position, index] of indexes.entries()) {
        const name = `${NAME_PREFIX}${position}`;
        ids.set(name, indexId(index));
        await session.query(createIndexSql(index, { name }));
        const { kind } = this.#catalogue.find(index.table, index.schema) ?? {};
        if (kind !== 'partitioned') continue;
        const { rows } = await session.query<{ name: string }>(PARTS, [index.schema, name]);
        for (const part of rows) ids.set(part.name, indexId(index));
      }
      return ids;
    });
  }

  async costWithout(
    query: ExplainableQuery,
    { schema, name }: { schema: string; name: string },
  ): Promise<PlannedCost | undefined> {
    try {
      return await this.#inTransaction(query, async (session) => {
        // The planner passes invalid indexes over. Only a superuser may say so, and nobody else sees it.
        await session.query(
          `update pg_index set indisvalid = false from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where indexrelid = c.oid and n.nspname = $1 and c.relname = $2`,
          [schema, name],
        );
        return new Map();
      });
    } catch (error) {
      if (error instanceof PlanError && error.sqlState === NOT_ALLOWED) return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #checkRows(query: ExplainableQuery, index: IndexDefinition): void {
    const rows = this.#catalogue.find(index.table, index.schema)?.rows ?? 0;
    if (rows <= this.#maxRows) return;
    throw new PlanError(
      query.text,
      new EvenkeelError(
        `${index.schema}.${index.table} has ${rows} rows, and an index is built for trial on ${this.#maxRows} at the most`,
      ),
    );
  }

  /** @param change makes the indexes be as they are to be, and gives the ids of ours by name */
  async #inTransaction(
    query: ExplainableQuery,
    change: (session: Session) => Promise<ReadonlyMap<string, string>>,
  ): Promise<PlannedCost> {
    if (this.#isClosed) throw new StateError('the what-if session was closed');
    const session = await openSession(this.#database, this.#options);
    let broken: Error | undefined;
    try {
      const planner = new PlannerSession(session, { ...this.#options, mode: 'read write' });
      await planner.begin();
      try {
        const ids = await change(session).catch((error: unknown) => {
          throw new PlanError(query.text, error);
        });
        return await this.#costs(query, planner, ids);
      } finally {
        await planner.close();
      }
    } catch (error) {
      // Whatever else it was, the connection may be inside the transaction still.
      if (!(error instanceof PlanError)) broken = toError(error);
      throw error;
    } finally {
      session.release(broken);
    }
  }

  async #costs(
    query: ExplainableQuery,
    planner: PlannerSession,
    ids: ReadonlyMap<string, string>,
  ): Promise<PlannedCost> {
    const used = new Set<string>();
    let cost = 0;
    for (const variant of query.variants) {
      this.#calls += 1;
      const plan = await planner.plan(variant);
      cost += variant.share * plan['Total Cost'];
      for (const { 'Index Name': name } of nodesOf(plan)) {
        const id = name === undefined ? undefined : ids.get(name);
        if (id !== undefined) used.add(id);
      }
    }
    return { cost, rawCost: cost, used };
  }
}
