import { quote } from '../indexes/index-definition.ts';
import type { Session } from './session.ts';

/** What the server and the role of a session are good for. */
export interface Capabilities {
  /** As `server_version_num`: 150018. */
  readonly version: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  /** Whether it is PGlite, however it is reached: one connection, no other process. */
  readonly isEmbedded: boolean;
  /** Versions of the extensions in this database, by name. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Whether HypoPG is there and its functions may be called by their bare names. */
  readonly canUseHypoPg: boolean;
  /** Whether the texts of other roles' statements are shown. */
  readonly canReadAllStatistics: boolean;
  /** What is missing, in plain words, with the one line that would help. */
  readonly missing: readonly string[];
}

interface CapabilityRow {
  readonly version: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly banner: string;
  readonly extensions: Readonly<Record<string, string>> | null;
  readonly available: readonly string[] | null;
  readonly canUseHypoPg: boolean;
  readonly hypoPgSchema: string | null;
  readonly canReadAllStatistics: boolean;
  readonly preloaded: string | null;
}

/* `to_regprocedure` finds only what the search path leads to. */
const CAPABILITIES = `
select json_build_object(
  'version', current_setting('server_version_num')::int,
  'role', current_user::text,
  'isSuperuser', current_setting('is_superuser')::bool,
  'banner', version(),
  'extensions', (select json_object_agg(extname, extversion) from pg_extension),
  'available', (
    select json_agg(name) from pg_available_extensions where name in ('hypopg', 'pg_stat_statements')
  ),
  'canUseHypoPg', coalesce(has_function_privilege(to_regprocedure('hypopg_create_index(text)'), 'execute'), false),
  'hypoPgSchema', (
    select nspname from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'hypopg'
  ),
  'canReadAllStatistics', pg_has_role(current_user, 'pg_read_all_stats', 'usage'),
  'preloaded', (select setting from pg_settings where name = 'shared_preload_libraries')
)::text as data`;

/** Finds out what may be done here. Changes nothing. */
export async function readCapabilities(session: Session): Promise<Capabilities> {
  const { rows } = await session.query<{ data: string }>(CAPABILITIES);
  const row = JSON.parse(rows[0]?.data ?? '{}') as CapabilityRow;
  return {
    version: row.version,
    role: row.role,
    isSuperuser: row.isSuperuser,
    isEmbedded: /wasm|emscripten|emcc/i.test(row.banner),
    extensions: new Map(Object.entries(row.extensions ?? {})),
    canUseHypoPg: row.canUseHypoPg,
    canReadAllStatistics: row.canReadAllStatistics,
    missing: [...missingHypoPg(row), ...missingStatistics(row)],
  };
}

function missingHypoPg({ canUseHypoPg, hypoPgSchema, available, role }: CapabilityRow): string[] {
  if (canUseHypoPg) return [];
  if (hypoPgSchema !== null) {
    const schema = quote(hypoPgSchema);
    return [
      `HypoPG may not be used: grant usage on schema ${schema} to ${quote(role)}, with ${schema} on its search_path`,
    ];
  }
  return [
    available?.includes('hypopg')
      ? 'HypoPG is not in this database: create extension hypopg'
      : 'HypoPG is not installed on the server: install its package, then create extension hypopg',
  ];
}

function missingStatistics(row: CapabilityRow): string[] {
  const missing: string[] = [];
  if (row.extensions?.pg_stat_statements === undefined) {
    missing.push(
      row.preloaded?.includes('pg_stat_statements')
        ? 'pg_stat_statements is not in this database: create extension pg_stat_statements'
        : 'pg_stat_statements is not there: add it to shared_preload_libraries, restart, create extension pg_stat_statements',
    );
  } else if (!row.canReadAllStatistics) {
    missing.push(`statements of other roles are not shown: grant pg_read_all_stats to ${quote(row.role)}`);
  }
  return missing;
}
