import type { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import type { SourceSnapshot } from '../source/snapshot.ts';

/* From this version on the planner leaves out IS NOT NULL where a column is known to have none. */
const KNOWS_NOT_NULL_SINCE = 170_000;

/** Makes the planner's settings those of the source; what planners learnt later is switched off. */
export async function applySettings(
  postgres: EmbeddedPostgres,
  { version, settings, searchPath }: SourceSnapshot,
): Promise<void> {
  if (version < KNOWS_NOT_NULL_SINCE) await postgres.query(FORGET_NOT_NULL);
  const known = await postgres.query<{ name: string }>('select name from pg_settings');
  const names = new Set(known.map(({ name }) => name));
  const wanted = new Map(Object.entries(settings).filter(([name]) => names.has(name)));
  for (const name of names) {
    if (name.startsWith('enable_') && !(name in settings)) wanted.set(name, 'off');
  }
  wanted.set('search_path', searchPath);
  for (const [name, value] of wanted) {
    await postgres.query('select set_config($1, $2, false)', [name, value]);
  }
}

/* Of primary keys it has to be known: what depends on them is left out of GROUP BY, as it was before. */
const FORGET_NOT_NULL = `
update pg_attribute a set attnotnull = false
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = a.attrelid and a.attnotnull and a.attnum > 0 and c.relkind in ('r', 'p')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and not exists (
    select from pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any(i.indkey)
  )`;
