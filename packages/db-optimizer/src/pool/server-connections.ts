import type { Queryable } from '@evenkeel/core';

/** What room a server has for connections. */
export interface ServerConnections {
  readonly maxConnections: number;
  /** Kept for superusers, and for those with `pg_use_reserved_connections`. */
  readonly reserved: number;
  /** Most of this role and of this database; undefined where there is no such limit. */
  readonly roleLimit: number | undefined;
  readonly databaseLimit: number | undefined;
  /** Connections of clients now, all databases. */
  readonly used: number;
  /** Of them those that this role has to this database under this application's name: its own and its siblings'. */
  readonly own: number;
}

const READ = `select current_setting('max_connections')::int as "maxConnections",
  current_setting('superuser_reserved_connections')::int
    + coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int as reserved,
  nullif((select rolconnlimit from pg_catalog.pg_roles where rolname = current_user), -1) as "roleLimit",
  nullif((select datconnlimit from pg_catalog.pg_database where datname = current_database()), -1) as "databaseLimit",
  count(*)::int as used,
  (count(*) filter (where usename = current_user and datname = current_database()
    and application_name = current_setting('application_name')))::int as own
from pg_catalog.pg_stat_activity where backend_type = 'client backend'`;

interface Row {
  readonly maxConnections: number;
  readonly reserved: number;
  readonly roleLimit: number | null;
  readonly databaseLimit: number | null;
  readonly used: number;
  readonly own: number;
}

/** Asks a server, by one query that any role may run. PostgreSQL 10 and later. */
export async function readServerConnections(database: Queryable): Promise<ServerConnections> {
  const [row] = (await database.query<Row>(READ)).rows;
  if (!row) throw new Error('the server gave no row of its connections');
  return { ...row, roleLimit: row.roleLimit ?? undefined, databaseLimit: row.databaseLimit ?? undefined };
}

/** Most connections that all instances of an application may have together. */
export function roomFor({ maxConnections, reserved, roleLimit, databaseLimit }: ServerConnections): number {
  return Math.min(maxConnections - reserved, roleLimit ?? Infinity, databaseLimit ?? Infinity);
}
