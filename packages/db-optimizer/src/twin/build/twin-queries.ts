/** A row of {@link PARTS}. */
export interface PartRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly tableSchema: string;
  readonly table: string;
  readonly path: string | null;
}

/** A row of {@link FILES}. */
export interface FileRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly path: string | null;
  readonly leaves: readonly { oid: number; schema: string; name: string; path: string | null }[];
  readonly tree: readonly { oid: number; schema: string; name: string }[];
}

/** Tables with those of their partitions that have files, and indexes with all their parts. */
export const FILES = `
select c.oid::int as oid, n.nspname as schema, c.relname as name, pg_relation_filepath(c.oid) as path,
  coalesce((
    select json_agg(json_build_object(
      'oid', l.oid::int, 'schema', ln.nspname, 'name', l.relname, 'path', pg_relation_filepath(l.oid)
    ))
    from pg_partition_tree(c.oid) t
    join pg_class l on l.oid = t.relid join pg_namespace ln on ln.oid = l.relnamespace
    where t.isleaf
  ), json_build_array(json_build_object(
    'oid', c.oid::int, 'schema', n.nspname, 'name', c.relname, 'path', pg_relation_filepath(c.oid)
  ))) as leaves,
  coalesce((
    select json_agg(json_build_object('oid', l.oid::int, 'schema', ln.nspname, 'name', l.relname))
    from pg_partition_tree(c.oid) t
    join pg_class l on l.oid = t.relid join pg_namespace ln on ln.oid = l.relnamespace
  ), json_build_array(json_build_object('oid', c.oid::int, 'schema', n.nspname, 'name', c.relname))) as tree
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'i', 'I') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

/** An index just made, with its parts. */
export const PARTS = `
select c.oid::int as oid, n.nspname as schema, c.relname as name, tn.nspname as "tableSchema", t.relname as "table",
  pg_relation_filepath(c.oid) as path
from (
  select i.oid from pg_class i join pg_namespace s on s.oid = i.relnamespace where s.nspname = $1 and i.relname = $2
) made
cross join lateral (
  select made.oid as relid union select relid::oid from pg_partition_tree(made.oid)
) tree
join pg_class c on c.oid = tree.relid
join pg_namespace n on n.oid = c.relnamespace
join pg_index x on x.indexrelid = c.oid
join pg_class t on t.oid = x.indrelid
join pg_namespace tn on tn.oid = t.relnamespace
order by c.oid = made.oid desc`;

/** Before the files are written, nothing of them may be in the buffers. */
export const SHAPE = `
select
  pg_restore_relation_stats('schemaname', x.schema, 'relname', x.name, 'relpages', x.pages, 'reltuples', x.tuples),
  pg_buffercache_evict_relation(x.oid::regclass)
from json_to_recordset($1::json) as x(oid oid, schema text, name text, pages int, tuples real)`;

/** A place where reading a page costs more than any plan. */
export const WITNESS_SPACE = `
set allow_in_place_tablespaces = on;
create tablespace evenkeel_witness location '' with (seq_page_cost = 1e12, random_page_cost = 1e12)`;
