/* Common values a column shows at the most, and how long each: those of an enumeration are few and short. */
const MAX_COMMON = 50;
const MAX_VALUE_LENGTH = 200;

/** The server, its settings, and what its counts are counted from. */
export const SETTINGS = `
select json_build_object(
  'version', current_setting('server_version_num')::int,
  'role', current_user::text,
  'searchPath', current_schemas(false)::text[],
  'extensions', (select coalesce(json_agg(extname), '[]') from pg_catalog.pg_extension),
  'settings', (
    select json_object_agg(name, setting) from pg_settings
    where (category like 'Query Tuning%' and (source <> 'default' or name like '%\\_cost'))
       or name in ('block_size', 'effective_cache_size', 'work_mem', 'hash_mem_multiplier', 'shared_buffers',
                   'default_statistics_target', 'max_parallel_workers', 'max_parallel_workers_per_gather',
                   'max_connections', 'superuser_reserved_connections', 'track_counts', 'server_encoding')
  ),
  'since', (
    select extract(epoch from stats_reset) * 1000 from pg_stat_database where datname = current_database()
  )
)::text as data`;

/** A table as {@link TABLES} gives it. */
export interface TableRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'm';
  readonly isPartition: boolean;
  readonly parent: { readonly schema: string; readonly name: string } | null;
  readonly readable: boolean;
  readonly tuples: number;
  readonly analyzedPages: number;
  readonly visiblePages: number;
  readonly bytes: number;
  readonly columns: readonly ColumnRow[];
  readonly indexes: readonly IndexRow[] | null;
  readonly foreignKeys: readonly ForeignKeyRow[] | null;
  readonly together: readonly TogetherRow[] | null;
  readonly activity: ActivityRow | null;
}

export interface ColumnRow {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly length: number;
  readonly align: string;
  readonly notNull: boolean;
  readonly distinct: number | null;
  readonly nulls: number | null;
  readonly width: number | null;
  readonly deviation: number | null;
  readonly correlation: number | null;
  readonly values: readonly string[] | null;
  readonly frequencies: readonly number[] | null;
}

export interface IndexRow {
  readonly oid: number;
  readonly name: string;
  readonly method: string;
  readonly bytes: number;
  readonly sql: string;
  readonly predicate: string | null;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly isReplicaIdentity: boolean;
  readonly isClustered: boolean;
  readonly isValid: boolean;
  readonly constraint: 'p' | 'u' | 'x' | null;
  readonly scans: number | null;
  readonly lastScan: number | null;
  readonly keys: readonly {
    readonly column: string | null;
    readonly sql: string;
    /** `pg_index.indoption`: 1 descending, 2 NULLs first. Null of what is only included. */
    readonly option: number | null;
    readonly operatorClass: string | null;
    readonly collation: string | null;
  }[];
}

export interface ForeignKeyRow {
  readonly name: string;
  readonly columns: readonly string[];
  readonly schema: string;
  readonly table: string;
  readonly references: readonly string[];
  readonly onDelete: string;
}

export interface TogetherRow {
  readonly numbers: readonly number[];
  /** `{"1, 2": 123}`: the columns' numbers, and the distinct values of them together. */
  readonly distinct: string;
}

export interface ActivityRow {
  readonly inserts: number;
  readonly updates: number;
  readonly hotUpdates: number;
  readonly deletes: number;
  readonly sequentialScans: number;
  readonly indexScans: number;
  readonly modified: number;
  readonly analyzed: number | null;
}

const COLUMNS = `
select json_agg(json_build_object(
  'name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod), 'length', a.attlen,
  'align', a.attalign, 'notNull', a.attnotnull, 'distinct', s.n_distinct, 'nulls', s.null_frac,
  'width', s.avg_width, 'correlation', s.correlation,
  'deviation', (
    select stddev_pop(octet_length(value))
    from unnest(coalesce(s.histogram_bounds, s.most_common_vals)::text::text[]) as known(value)
    where a.attlen = -1
  ),
  'values', (
    select json_agg(left(value, ${MAX_VALUE_LENGTH}) order by place)
    from unnest(s.most_common_vals::text::text[]) with ordinality as common(value, place)
    where place <= ${MAX_COMMON}
  ),
  'frequencies', s.most_common_freqs[1:${MAX_COMMON}]
) order by a.attnum)
from pg_attribute a
left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
  and s.inherited = (c.relkind = 'p')
where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

const KEYS = `
select json_agg(json_build_object(
  'column', a.attname, 'sql', pg_get_indexdef(i.indexrelid, place::int, true), 'option', i.indoption[place - 1],
  'operatorClass', case when not o.opcdefault then
    case when os.nspname = 'pg_catalog' then '' else quote_ident(os.nspname) || '.' end || quote_ident(o.opcname)
  end,
  'collation', case when l.oid is not null and l.oid is distinct from coalesce(a.attcollation, l.oid) then
    case when ls.nspname = 'pg_catalog' then '' else quote_ident(ls.nspname) || '.' end || quote_ident(l.collname)
  end
) order by place)
from generate_series(1, i.indnatts) as place
left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[place - 1] and a.attnum <> 0
left join pg_opclass o on o.oid = i.indclass[place - 1] and place <= i.indnkeyatts
left join pg_namespace os on os.oid = o.opcnamespace
left join pg_collation l on l.oid = i.indcollation[place - 1] and place <= i.indnkeyatts
left join pg_namespace ls on ls.oid = l.collnamespace`;

const INDEXES = `
select json_agg(json_build_object(
  'oid', i.indexrelid::bigint, 'name', ic.relname, 'method', m.amname,
  'bytes', pg_relation_size(i.indexrelid), 'sql', pg_get_indexdef(i.indexrelid),
  'predicate', pg_get_expr(i.indpred, i.indrelid, true), 'isUnique', i.indisunique, 'isPrimary', i.indisprimary,
  'isReplicaIdentity', i.indisreplident, 'isClustered', i.indisclustered, 'isValid', i.indisvalid and i.indisready,
  'constraint', (
    select contype from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x') limit 1
  ),
  'scans', u.idx_scan, 'lastScan', extract(epoch from (to_jsonb(u) ->> 'last_idx_scan')::timestamptz) * 1000,
  'keys', (${KEYS})
) order by i.indexrelid)
from pg_index i
join pg_class ic on ic.oid = i.indexrelid
join pg_am m on m.oid = ic.relam
left join pg_stat_all_indexes u on u.indexrelid = i.indexrelid
where i.indrelid = c.oid and i.indislive`;

const columnNames = (relation: string, numbers: string): string => `(
  select json_agg(a.attname order by place)
  from unnest(${numbers}) with ordinality as key(number, place)
  join pg_attribute a on a.attrelid = ${relation} and a.attnum = key.number
)`;

const FOREIGN_KEYS = `
select json_agg(json_build_object(
  'name', k.conname, 'columns', ${columnNames('k.conrelid', 'k.conkey')}, 'schema', fn.nspname,
  'table', fc.relname, 'references', ${columnNames('k.confrelid', 'k.confkey')}, 'onDelete', k.confdeltype
) order by k.conname)
from pg_constraint k
join pg_class fc on fc.oid = k.confrelid
join pg_namespace fn on fn.oid = fc.relnamespace
where k.conrelid = c.oid and k.contype = 'f'`;

const TOGETHER = `
select json_agg(json_build_object('numbers', x.stxkeys::int2[], 'distinct', xs.n_distinct::text))
from pg_statistic_ext x
join pg_namespace xn on xn.oid = x.stxnamespace
join pg_stats_ext xs on xs.statistics_schemaname = xn.nspname and xs.statistics_name = x.stxname
where x.stxrelid = c.oid and xs.n_distinct is not null`;

/**
 * Views with the queries they stand for.
 *
 * @param $1 how many at the most
 */
export const VIEWS = `
select coalesce(json_agg(json_build_object('schema', schema, 'name', name, 'sql', sql)), '[]')::text as data
from (
  select n.nspname as schema, c.relname as name, pg_get_viewdef(c.oid) as sql
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
  order by c.oid
  limit $1::int
) as view`;

/**
 * Tables with all that belongs to them, the largest first. Their sizes and expressions are read under the lock that
 * every reader takes, for a moment each.
 *
 * @param $1 how many at the most
 * @param $2 whether to leave out those that somebody else keeps, or wants to keep, readers from
 */
export const TABLES = `
select coalesce(json_agg(row.data order by row.place), '[]')::text as data
from (
  select row_number() over (order by c.relpages desc, c.oid) as place, json_build_object(
    'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'isPartition', c.relispartition,
    'parent', (
      select json_build_object('schema', pn.nspname, 'name', pc.relname)
      from pg_inherits h join pg_class pc on pc.oid = h.inhparent join pg_namespace pn on pn.oid = pc.relnamespace
      where c.relispartition and h.inhrelid = c.oid
    ),
    'readable', has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select'),
    'tuples', c.reltuples, 'analyzedPages', c.relpages, 'visiblePages', c.relallvisible,
    'bytes', pg_relation_size(c.oid),
    'columns', coalesce((${COLUMNS}), '[]'),
    'indexes', (${INDEXES}),
    'foreignKeys', (${FOREIGN_KEYS}),
    'together', (${TOGETHER}),
    'activity', (
      select json_build_object(
        'inserts', t.n_tup_ins, 'updates', t.n_tup_upd, 'hotUpdates', t.n_tup_hot_upd, 'deletes', t.n_tup_del,
        'sequentialScans', t.seq_scan, 'indexScans', t.idx_scan, 'modified', t.n_mod_since_analyze,
        'analyzed', extract(epoch from greatest(t.last_analyze, t.last_autoanalyze)) * 1000
      ) from pg_stat_all_tables t where t.relid = c.oid
    )
  ) as data
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and not ($2::bool and exists (
      select from pg_locks l
      where l.relation = c.oid and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
    ))
  order by c.relpages desc, c.oid
  limit $1::int
) as row`;
