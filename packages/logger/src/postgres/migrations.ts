import { type Queryable, StateError } from '@evenkeel/core';
import type { Tables } from './tables.ts';

/*
 * The versions of the tables, the first first. What has been released is never changed, only added to.
 *
 * Times are ms since 1970, as in the records: `to_timestamp(time / 1000.0)` is PostgreSQL's. Texts that are JSON are
 * `json`, which keeps them as they came.
 */
const MIGRATIONS: readonly ((tables: Tables) => readonly string[])[] = [
  ({ state, instances, writers, series, points, events, benchmarks, deltas, rollups }) => [
    // One row: how often deltas were moved into roll-ups, and who does it at present.
    `create table ${state} (compactions bigint not null, leased_by text not null, leased_until timestamptz not null)`,
    `insert into ${state} values (0, '', '-infinity')`,
    `create table ${instances} (
      id int generated always as identity primary key, name text not null unique, seen timestamptz not null default now())`,
    // One row a started history: the number of the last batch that it has written.
    `create table ${writers} (
      id uuid primary key, instance int not null, number bigint not null, seen timestamptz not null default now())`,
    // Kinds: metric, event, benchmark, lost.
    `create table ${series} (
      id int generated always as identity primary key, kind text not null, name text not null,
      definition json, defined_at bigint, seen timestamptz not null default now(), unique (kind, name))`,
    `insert into ${series} (kind, name) values ('lost', '')`,
    `create table ${points} (
      time bigint not null, series int not null, instance int not null, value float8 not null, context json)`,
    `create index on ${points} (series, time)`,
    `create table ${events} (
      id bigint generated always as identity, time bigint not null, series int not null, instance int not null,
      data json not null)`,
    `create index on ${events} (series, time, id)`,
    `create table ${benchmarks} (
      id bigint generated always as identity, time bigint not null, series int not null, instance int not null,
      duration_ms float8 not null, measurements json not null, context json)`,
    `create index on ${benchmarks} (series, time, id)`,
    // What a batch adds to the roll-ups, until it is moved there.
    `create table ${deltas} (
      id bigint generated always as identity primary key, instance int not null,
      first bigint not null, last bigint not null, cells text not null)`,
    // Rows of 10 s, a minute and an hour, of all instances together.
    `create table ${rollups} (
      step int not null, time bigint not null, series int not null, count bigint not null,
      sum float8 not null, min float8 not null, max float8 not null, sketch bytea, instances int[] not null,
      primary key (step, time, series))`,
  ],
];

/** Creates the tables or brings them up to date. Several may do so at the same time. */
export async function migrate(database: Queryable, tables: Tables): Promise<void> {
  const current = MIGRATIONS.length;
  const found = await versionOf(database, tables);
  if (found > current) {
    throw new StateError(
      `the history in ${tables.versions} is of version ${found}, written by a later release: this one knows ${current}`,
    );
  }
  if (found < current) await database.query(script(tables));
}

/* 0 where there are no tables. */
async function versionOf(database: Queryable, { versions }: Tables): Promise<number> {
  const { rows } = await database.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    versions,
  ]);
  if (rows[0]?.found !== true) return 0;
  const read = await database.query<{ version: unknown }>(`select max(version) as version from ${versions}`);
  return Number(read.rows[0]?.version ?? 0);
}

/* One statement, and so one transaction, over whatever connection: all of it is done or nothing. */
function script(tables: Tables): string {
  const { schema, versions } = tables;
  const steps = MIGRATIONS.map((statements, index) => {
    const version = index + 1;
    return `if not exists (select from ${versions} where version = ${version}) then
      ${statements(tables).join(';\n')};
      insert into ${versions} (version) values (${version});
    end if;`;
  });
  return `do $evenkeel$ begin
    perform pg_advisory_xact_lock(hashtextextended('${versions}', 0));
    if to_regnamespace('${schema}') is null then create schema ${schema}; end if;
    if to_regclass('${versions}') is null then
      create table ${versions} (version int primary key, applied timestamptz not null default now());
    end if;
    ${steps.join('\n')}
  end $evenkeel$`;
}
