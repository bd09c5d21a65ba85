import { EvenkeelError, type Queryable } from '@evenkeel/core';

/** Steps from an empty database to the present tables, each applied once. `{}` stands for what all names begin with. */
const MIGRATIONS: readonly string[] = [
  `
  create table {}instances (
    instance text primary key,
    epoch bigint not null
  );
  create table {}alerts (
    instance text not null,
    id text not null,
    since double precision not null,
    name text not null,
    is_active boolean not null,
    resolved_at double precision,
    revision bigint not null,
    data json not null,
    primary key (instance, id, since)
  );
  create index on {}alerts (instance) where is_active;
  create index on {}alerts (since);
  create index on {}alerts (resolved_at) where not is_active;
  create table {}deliveries (
    instance text not null,
    id text not null,
    state text not null,
    settled_at double precision,
    revision bigint not null,
    data json not null,
    primary key (instance, id)
  );
  create index on {}deliveries (instance, state, settled_at);
  create index on {}deliveries (state, settled_at);
  create table {}silences (
    instance text not null,
    id text not null,
    until_at double precision not null,
    revision bigint not null,
    data json not null,
    primary key (instance, id)
  );
  `,
];

/**
 * Brings the tables up to date. Several processes may do so at once: one block is one transaction, and takes a lock.
 * Where they are up to date, no right to create is needed.
 */
export async function migrate(database: Queryable, prefix: string): Promise<void> {
  const version = await currentVersion(database, prefix);
  if (version > MIGRATIONS.length) {
    const message = `the tables ${prefix}… are of version ${version}, made by a newer release; this one knows ${MIGRATIONS.length}`;
    throw new EvenkeelError(message, { code: 'NEWER_TABLES' });
  }
  if (version === MIGRATIONS.length) return;
  const steps = MIGRATIONS.map(
    (step, index) => `
    if not exists (select from ${prefix}migrations where version = ${index + 1}) then
      ${step.replaceAll('{}', prefix)}
      insert into ${prefix}migrations (version) values (${index + 1});
    end if;`,
  );
  await database.query(`do $migrate$ begin
    perform pg_advisory_xact_lock(hashtextextended('${prefix}migrations', 0));
    create table if not exists ${prefix}migrations (
      version integer primary key, applied_at timestamptz not null default now());
    ${steps.join('\n')}
  end $migrate$`);
}

async function currentVersion(database: Queryable, prefix: string): Promise<number> {
  const { rows: found } = await database.query<{ readonly found: boolean }>(
    'select to_regclass($1) is not null as found',
    [`${prefix}migrations`],
  );
  if (!found[0]?.found) return 0;
  const { rows } = await database.query<{ readonly version: number }>(
    `select coalesce(max(version), 0)::integer as version from ${prefix}migrations`,
  );
  return rows[0]?.version ?? 0;
}
