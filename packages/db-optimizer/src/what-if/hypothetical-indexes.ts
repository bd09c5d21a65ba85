import type { IndexDefinition } from '../catalogue/catalogue.ts';
import { createIndexSql, indexId } from '../indexes/index-definition.ts';
import type { Session } from '../session/session.ts';

/** An index in the planner's mind. */
export interface HypotheticalIndex {
  readonly index: IndexDefinition;
  /** Bytes that HypoPG takes it to have. */
  readonly bytes: number;
}

/** The indexes that HypoPG shows the planner of one session. Others' in the same session are never touched. */
export class HypotheticalIndexes {
  readonly #session: Session;
  /** OIDs by index id. */
  readonly #present = new Map<string, string>();
  readonly #byOid = new Map<string, HypotheticalIndex>();
  /** Those that were there before ours. */
  #others: ReadonlySet<string> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The index that a plan calls by this name, where it is one of ours. */
  find(indexName: string): HypotheticalIndex | undefined {
    const oid = /^<(\d+)>/.exec(indexName)?.[1];
    return oid === undefined ? undefined : this.#byOid.get(oid);
  }

  /**
   * Makes exactly these be there, in one query and with as few changes as it takes.
   *
   * @returns whether anything changed
   */
  async show(indexes: readonly IndexDefinition[]): Promise<boolean> {
    const wanted = new Map(indexes.map((index) => [indexId(index), index]));
    const dropped = [...this.#present].filter(([id]) => !wanted.has(id));
    const added = [...wanted].filter(([id]) => !this.#present.has(id));
    if (dropped.length === 0 && added.length === 0) return false;
    this.#others ??= new Set(await this.#list());
    const { rows } = await this.#session.query<{ place: number; oid: string; bytes: string | null }>(CHANGE, [
      dropped.map(([, oid]) => oid),
      added.map(([, index]) => createIndexSql(index)),
    ]);
    for (const [id, oid] of dropped) {
      this.#present.delete(id);
      this.#byOid.delete(oid);
    }
    for (const { place, oid, bytes } of rows) {
      const created = added[Number(place) - 1];
      if (!created) continue;
      this.#present.set(created[0], oid);
      this.#byOid.set(oid, { index: created[1], bytes: Number(bytes) });
    }
    return true;
  }

  /** Drops whatever of ours is there, also after a change that failed half-way. */
  async clear(): Promise<void> {
    this.forget();
    if (this.#others === undefined) return;
    const ours = (await this.#list()).filter((oid) => !this.#others?.has(oid));
    if (ours.length > 0) await this.#session.query(CHANGE, [ours, []]);
  }

  /** To be told when another backend answers, where nothing of ours is. */
  forget(): void {
    this.#present.clear();
    this.#byOid.clear();
  }

  async #list(): Promise<string[]> {
    const { rows } = await this.#session.query<{ oid: string }>(
      'select indexrelid::text as oid from hypopg()',
    );
    return rows.map(({ oid }) => oid);
  }
}

/* Dropping comes first, since HypoPG has only so many OIDs to give: the parts of a UNION ALL run in their order. */
const CHANGE = `
select 0 as place, oid::text, null as bytes from unnest($1::oid[]) as oid where hypopg_drop_index(oid)
union all
select wish.place::int, made.indexrelid::text, hypopg_relation_size(made.indexrelid)::text
from unnest($2::text[]) with ordinality as wish(sql, place), hypopg_create_index(wish.sql) as made`;
