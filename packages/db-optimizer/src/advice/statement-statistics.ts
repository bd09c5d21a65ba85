import { EvenkeelError } from '@evenkeel/core';
import { quote } from '../indexes/index-definition.ts';
import type { Session } from '../session/session.ts';
import type { WorkloadQuery } from './workload.ts';

/** What `pg_stat_statements` has counted in this database. */
export interface StatementStatistics {
  readonly workload: readonly WorkloadQuery[];
  /** How long it has counted, in ms; undefined where it does not say. */
  readonly windowMs: number | undefined;
  /** What is not in it, and what would help. */
  readonly missing: readonly string[];
}

/* Those that took the most time; the rest of thousands seldom matters, and each has to be planned. */
const MAX_STATEMENTS = 500;

interface Extension {
  readonly schema: string;
  readonly version: string;
  readonly server: number;
}

interface StatementRow {
  readonly query: string | null;
  readonly calls: string;
  readonly rows: string;
}

interface InfoRow {
  readonly window_ms: number | null;
  readonly dealloc: string;
}

/**
 * Reads the statements that took the most time from `pg_stat_statements` 1.8 or newer (PostgreSQL 13).
 *
 * @throws EvenkeelError `NO_STATEMENT_STATISTICS` where the extension is not in this database, or not loaded
 */
export async function readStatementStatistics(session: Session): Promise<StatementStatistics> {
  const { rows: extensions } = await session.query<Extension>(
    `select n.nspname as schema, e.extversion as version, current_setting('server_version_num')::integer as server
     from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
     where e.extname = 'pg_stat_statements'`,
  );
  const [extension] = extensions;
  if (!extension)
    throw unavailable('it is not in this database: create extension pg_stat_statements, as a superuser');
  const schema = quote(extension.schema);
  const { rows } = await readRows(session, schema);
  const missing: string[] = [];
  const hidden = rows.filter(({ query }) => query === null || query === '<insufficient privilege>');
  if (hidden.length > 0) {
    missing.push(
      `${hidden.length} statements of other roles are hidden: grant pg_read_all_stats to current_user`,
    );
  }
  if (rows.length > MAX_STATEMENTS)
    missing.push(`only the ${MAX_STATEMENTS} statements that took the most time are weighed`);
  const workload = rows.slice(0, MAX_STATEMENTS).flatMap(({ query, calls, rows: affected }) => {
    if (query === null || query === '<insufficient privilege>') return [];
    return [{ text: query, calls: Number(calls), rows: Number(affected) / Math.max(1, Number(calls)) }];
  });
  const info = await readInfo(session, schema, extension.server);
  if (info && Number(info.dealloc) > 0) {
    missing.push(
      `pg_stat_statements has thrown statements away ${info.dealloc} times: pg_stat_statements.max is too small for this workload`,
    );
  }
  return { workload, windowMs: info?.window_ms ?? undefined, missing };
}

async function readRows(session: Session, schema: string): Promise<{ rows: StatementRow[] }> {
  try {
    return await session.query<StatementRow>(
      `select s.query, s.calls::text, s.rows::text from ${schema}.pg_stat_statements s
       where s.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
       order by s.total_exec_time desc limit ${MAX_STATEMENTS + 1}`,
    );
  } catch (error) {
    // 55000 where the library is not preloaded, 42501 where the view may not be read.
    throw unavailable(error instanceof Error ? error.message : String(error), error);
  }
}

/** From PostgreSQL 14 on. */
async function readInfo(session: Session, schema: string, server: number): Promise<InfoRow | undefined> {
  if (server < 140_000) return undefined;
  const { rows } = await session.query<InfoRow>(
    `select extract(epoch from now() - i.stats_reset)::double precision * 1000 as window_ms, i.dealloc::text
     from ${schema}.pg_stat_statements_info i`,
  );
  return rows[0];
}

function unavailable(why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError(`pg_stat_statements cannot be read: ${why}`, {
    code: 'NO_STATEMENT_STATISTICS',
    ...(cause !== undefined && { cause }),
  });
}
