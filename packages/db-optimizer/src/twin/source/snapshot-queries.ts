/* Each gives one row with one column `data`: JSON as text, which every driver hands on alike. */

/* Costs, sizes and limits the planner reckons with, and what the texts of constants depend on. */
const SETTINGS = [
  'constraint_exclusion',
  'cpu_index_tuple_cost',
  'cpu_operator_cost',
  'cpu_tuple_cost',
  'cursor_tuple_fraction',
  'default_text_search_config',
  'effective_cache_size',
  'from_collapse_limit',
  'geqo',
  'geqo_effort',
  'geqo_generations',
  'geqo_pool_size',
  'geqo_seed',
  'geqo_selection_bias',
  'geqo_threshold',
  'hash_mem_multiplier',
  'join_collapse_limit',
  'max_parallel_workers_per_gather',
  'min_parallel_index_scan_size',
  'min_parallel_table_scan_size',
  'parallel_leader_participation',
  'parallel_setup_cost',
  'parallel_tuple_cost',
  'random_page_cost',
  'recursive_worktable_factor',
  'seq_page_cost',
  'work_mem',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'array_nulls',
  'bytea_output',
  'standard_conforming_strings',
  'transform_null_equals',
];

/** The server, before its session is set to tell names in full. */
export const SERVER = `
select json_build_object(
  'version', current_setting('server_version_num')::int,
  'blockSize', current_setting('block_size')::int,
  'role', quote_ident(current_user),
  'searchPath', current_setting('search_path'),
  'formats', json_build_object('DateStyle', current_setting('DateStyle'), 'IntervalStyle', current_setting('IntervalStyle')),
  'settings', (
    select json_object_agg(name, current_setting(name)) from pg_settings
    where name like 'enable\\_%' or name in (${SETTINGS.map((name) => `'${name}'`).join(', ')})
  ),
  'isByteOrdered', (
    select coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'b'
      or coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' and datcollate in ('C', 'POSIX')
    from pg_database d where datname = current_database()
  ),
  'tablespacesWithCosts', (
    select coalesce(json_agg(spcname), '[]') from pg_tablespace where spcoptions::text like '%page_cost%'
  )
)::text as data`;

const isOurs = (schema: string): string =>
  `${schema} not in ('pg_catalog', 'information_schema') and ${schema} not like 'pg\\_toast%' and ${schema} not like 'pg\\_temp%'`;

const isOfExtension = (catalogue: string, oid: string): string =>
  `exists (select from pg_depend d where d.classid = '${catalogue}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

const BYTE_ORDERED = `(l.collprovider = 'b' or l.collprovider = 'c' and l.collcollate in ('C', 'POSIX'))`;

/** Whatever tables are made of. */
export const OBJECTS = `
select json_build_object(
  'schemas', (select coalesce(json_agg(nspname order by nspname), '[]') from pg_namespace n where ${isOurs('nspname')}),
  'extensions', (
    select coalesce(json_agg(json_build_object('name', e.extname, 'schema', n.nspname) order by e.oid), '[]')
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'
  ),
  'collations', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', l.collname, 'isByteOrdered', ${BYTE_ORDERED}
    )), '[]')
    from pg_collation l join pg_namespace n on n.oid = l.collnamespace
    where l.collprovider <> 'd' and l.collname not in ('C', 'POSIX') and (
      ${isOurs('n.nspname')}
      or exists (select from pg_attribute a where a.attcollation = l.oid and a.attnum > 0)
      or exists (select from pg_index i where l.oid = any(i.indcollation))
    )
  ),
  'types', (
    select coalesce(json_agg(json_build_object(
      'name', t.oid::regtype::text,
      'kind', case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' else 'range' end,
      'definition', case t.typtype
        when 'e' then (
          select 'enum (' || string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) || ')'
          from pg_enum where enumtypid = t.oid
        )
        when 'd' then format_type(t.typbasetype, t.typtypmod)
        when 'c' then (
          select '(' || string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum) || ')'
          from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped
        )
        else (select 'range (subtype = ' || rngsubtype::regtype || ')' from pg_range where rngtypid = t.oid)
      end
    ) order by t.oid), '[]')
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid
    where ${isOurs('n.nspname')} and (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and c.relkind = 'c')
      and not ${isOfExtension('pg_type', 't.oid')}
  ),
  'functions', (
    select coalesce(json_agg(json_build_object('name', p.oid::regprocedure::text, 'sql', pg_get_functiondef(p.oid)) order by p.oid), '[]')
    from (
      select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
      where ${isOurs('n.nspname')} and p.prokind in ('f', 'w') and l.lanname in ('sql', 'plpgsql')
        and p.prorettype <> 'trigger'::regtype and not ${isOfExtension('pg_proc', 'p.oid')}
      order by p.oid limit 5000
    ) p
  )
)::text as data`;

/**
 * Tables and views, the largest first.
 *
 * @param $1 how many at the most
 */
export const RELATIONS = `
select coalesce(json_agg(row.data order by row.place), '[]')::text as data
from (
  select row_number() over (order by c.relpages desc, c.oid) as place, json_build_object(
    'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
    'kind', case c.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'm' then 'materialised view' else 'view' end,
    'tuples', c.reltuples, 'analyzedPages', c.relpages, 'visiblePages', c.relallvisible,
    'pages', case when c.relkind in ('r', 'm') then pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end,
    'options', coalesce(to_json(c.reloptions), '[]'),
    'hasRowSecurity', c.relrowsecurity,
    'unseen', case when c.reltuples > 0 then (
      select count(*) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and not has_column_privilege(c.oid, a.attnum, 'select')
    ) else 0 end,
    'columns', coalesce((
      select json_agg(json_build_object(
        'name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod),
        'collation', case when l.oid is not null and a.attcollation <> t.typcollation
          then quote_ident(ln.nspname) || '.' || quote_ident(l.collname) end,
        'isByteOrdered', case when l.collprovider <> 'd' then ${BYTE_ORDERED} else $2::bool end,
        'notNull', a.attnotnull,
        'virtual', case when a.attgenerated = 'v' then pg_get_expr(e.adbin, e.adrelid) end
      ) order by a.attnum)
      from pg_attribute a
      join pg_type t on t.oid = a.atttypid
      left join pg_collation l on l.oid = a.attcollation
      left join pg_namespace ln on ln.oid = l.collnamespace
      left join pg_attrdef e on e.adrelid = a.attrelid and e.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ), '[]'),
    'partitionKey', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
    'bound', case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end,
    'parents', coalesce((
      select json_agg(h.inhparent::bigint order by h.inhseqno) from pg_inherits h where h.inhrelid = c.oid
    ), '[]'),
    'definition', case when c.relkind = 'v' then pg_get_viewdef(c.oid) end
  ) as data
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'v') and c.relpersistence <> 't' and ${isOurs('n.nspname')}
    and not (c.relkind = 'v' and ${isOfExtension('pg_class', 'c.oid')})
  order by c.relpages desc, c.oid
  limit $1::int
) as row`;

/** @param $1 the tables' oids */
export const INDEXES = `
select coalesce(json_agg(json_build_object(
  'oid', i.indexrelid::bigint, 'table', i.indrelid::bigint, 'schema', n.nspname, 'name', c.relname,
  'method', m.amname, 'sql', pg_get_indexdef(i.indexrelid), 'isValid', i.indisvalid, 'tuples', c.reltuples,
  'analyzedPages', c.relpages,
  'pages', case when c.relkind = 'i' then pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end,
  'parent', (select h.inhparent::bigint from pg_inherits h where h.inhrelid = c.oid),
  'constraint', (
    select quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) from pg_constraint k
    where k.conindid = c.oid and k.contype in ('p', 'u', 'x') limit 1
  )
) order by i.indexrelid), '[]')::text as data
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_am m on m.oid = c.relam
where i.indrelid = any($1::oid[]) and i.indislive`;

/** @param $1 the tables' oids */
export const CONSTRAINTS = `
select coalesce(json_agg(json_build_object(
  'table', k.conrelid::bigint, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid),
  'kind', case k.contype when 'f' then 'foreign key' else 'check' end
) order by k.oid), '[]')::text as data
from pg_constraint k
where k.contype in ('f', 'c') and k.conrelid = any($1::oid[]) and k.conparentid = 0`;

/* Since 17 the view shows these too. */
const RANGE_STATISTICS = `,
  'range_length_histogram', s.range_length_histogram::text, 'range_empty_frac', s.range_empty_frac,
  'range_bounds_histogram', s.range_bounds_histogram::text`;

/**
 * What ANALYZE found, of tables and of indexes on expressions.
 *
 * @param $1 their schemas
 * @param $2 their names, in the same order
 */
export const statisticsQuery = (version: number, values: boolean): string => `
select coalesce(json_agg(json_build_object(
  'schema', s.schemaname, 'relation', s.tablename, 'column', s.attname, 'inherited', s.inherited,
  'null_frac', s.null_frac, 'avg_width', s.avg_width, 'n_distinct', s.n_distinct, 'correlation', s.correlation,
  'elem_count_histogram', s.elem_count_histogram${
    values
      ? `,
  'most_common_vals', s.most_common_vals::text, 'most_common_freqs', s.most_common_freqs,
  'histogram_bounds', s.histogram_bounds::text,
  'most_common_elems', s.most_common_elems::text, 'most_common_elem_freqs', s.most_common_elem_freqs${
    version >= 170_000 ? RANGE_STATISTICS : ''
  }`
      : ''
  }
)), '[]')::text as data
from unnest($1::text[], $2::text[]) as wanted(schema, name)
join pg_stats s on s.schemaname = wanted.schema and s.tablename = wanted.name`;

/** @param $1 the tables' oids */
export const extendedStatisticsQuery = (values: boolean): string => `
select coalesce(json_agg(json_build_object(
  'schema', n.nspname, 'name', x.stxname, 'table', x.stxrelid::bigint, 'sql', pg_get_statisticsobjdef(x.oid),
  'inherited', coalesce((to_jsonb(s) ->> 'inherited')::bool, false),
  'distinct', s.n_distinct::text, 'dependencies', s.dependencies::text,
  'common', ${
    values
      ? `case when s.most_common_vals is not null then json_build_object(
    'values', s.most_common_vals, 'frequencies', s.most_common_freqs, 'baseFrequencies', s.most_common_base_freqs
  ) end`
      : 'null'
  }
) order by x.oid), '[]')::text as data
from pg_statistic_ext x
join pg_namespace n on n.oid = x.stxnamespace
left join pg_stats_ext s on s.statistics_schemaname = n.nspname and s.statistics_name = x.stxname
where x.stxrelid = any($1::oid[])`;
