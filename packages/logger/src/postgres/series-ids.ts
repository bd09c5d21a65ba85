import type { Clock, Queryable } from '@evenkeel/core';
import type { SeriesKind } from '../history/cell.ts';
import { textArray } from './sql-arrays.ts';
import type { Tables } from './tables.ts';

export interface SeriesName {
  readonly kind: SeriesKind;
  readonly name: string;
}

/* Well before unused series are removed, so that an id is never used after that. */
const KNOWN_FOR_MS = 6 * 3_600_000;

/** The ids of series in the database, known here for some hours. */
export class SeriesIds {
  readonly #database: Queryable;
  readonly #tables: Tables;
  readonly #maxSeries: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #ids = new Map<string, number>();
  #forgetAt: number;

  constructor(database: Queryable, tables: Tables, maxSeries: number, clock: Pick<Clock, 'monotonic'>) {
    this.#database = database;
    this.#tables = tables;
    this.#maxSeries = maxSeries;
    this.#clock = clock;
    this.#forgetAt = clock.monotonic() + KNOWN_FOR_MS;
  }

  get size(): number {
    return this.#ids.size;
  }

  /** `undefined` for a series that was not looked up, or that there is no room for. */
  idOf({ kind, name }: SeriesName): number | undefined {
    return this.#ids.get(`${kind} ${name}`);
  }

  /** Finds the ids of those that are not known, and gives new series theirs while there is room. */
  async lookUp(names: readonly SeriesName[]): Promise<void> {
    if (this.#clock.monotonic() >= this.#forgetAt) {
      this.#ids.clear();
      this.#forgetAt = this.#clock.monotonic() + KNOWN_FOR_MS;
    }
    // In one order everywhere: two instances that add the same names cannot wait for each other.
    const unknown = names
      .filter((name) => this.idOf(name) === undefined)
      .sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
    if (unknown.length > 0 && (await this.#register(unknown)) < unknown.length) {
      // Others may have been given their ids by somebody else just now, which the statement could not see yet.
      await this.#register(unknown.filter((name) => this.idOf(name) === undefined));
    }
  }

  /** Gives how many it has found. */
  async #register(names: readonly SeriesName[]): Promise<number> {
    const { series } = this.#tables;
    const { rows } = await this.#database.query<{ id: unknown; kind: string; name: string }>(
      `with given as (select * from unnest($1::text::text[], $2::text::text[]) as g(kind, name)),
      known as (select s.id, kind, name from ${series} s join given using (kind, name)),
      touched as (
        update ${series} set seen = now() where id in (select id from known) and seen < now() - interval '1 hour'),
      fresh as (
        insert into ${series} (kind, name)
        select kind, name from given where (kind, name) not in (select kind, name from known)
        limit greatest(0, $3::int - (select count(*) from ${series}))
        on conflict (kind, name) do nothing returning id, kind, name)
      select id, kind, name from known union all select id, kind, name from fresh`,
      [textArray(names.map(({ kind }) => kind)), textArray(names.map(({ name }) => name)), this.#maxSeries],
    );
    for (const { id, kind, name } of rows) this.#ids.set(`${kind} ${name}`, Number(id));
    return rows.length;
  }
}
