import type { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import type { SourceSnapshot } from '../source/snapshot.ts';

/* Statistics of so many columns go in one message, which then has a few megabytes at the most. */
const COLUMNS_PER_WRITE = 500;

/** Gives tables and indexes the counts of the source, and columns what ANALYZE found there. */
export async function restoreStatistics(postgres: EmbeddedPostgres, snapshot: SourceSnapshot): Promise<void> {
  const { relations, indexes } = snapshot;
  const counted = [...relations.filter(({ kind }) => kind !== 'view'), ...indexes].map((relation) => ({
    schema: relation.schema,
    name: relation.name,
    pages: relation.analyzedPages,
    tuples: relation.tuples,
    visible: 'visiblePages' in relation ? relation.visiblePages : 0,
  }));
  await postgres.query(RELATIONS, [JSON.stringify(counted)]);
  const unordered = columnsNotByteOrdered(snapshot);
  for (let start = 0; start < snapshot.statistics.length; start += COLUMNS_PER_WRITE) {
    const some = snapshot.statistics.slice(start, start + COLUMNS_PER_WRITE).map((each) => ({
      ...each,
      resort: unordered.has(columnKey(each.schema, each.relation, each.column)),
    }));
    await postgres.query(COLUMNS, [JSON.stringify(some)]);
  }
}

/* Relations that could not be made are passed over. */
const RELATIONS = `
select pg_restore_relation_stats(
  'schemaname', x.schema, 'relname', x.name, 'relpages', x.pages, 'reltuples', x.tuples,
  'relallvisible', x.visible
)
from json_to_recordset($1::json) as x(schema text, name text, pages int, tuples real, visible int)
join pg_namespace n on n.nspname = x.schema
join pg_class c on c.relnamespace = n.oid and c.relname = x.name`;

/*
 * A histogram in the order of a language is put in the order of bytes, by which the twin compares. Values of types
 * that are not at hand are left out.
 */
const COLUMNS = `
select pg_restore_attribute_stats(
  'schemaname', x.schema, 'relname', x.relation, 'attname', x."column", 'inherited', x.inherited,
  'null_frac', x.null_frac, 'avg_width', x.avg_width, 'n_distinct', x.n_distinct, 'correlation', x.correlation,
  'most_common_vals', x.most_common_vals, 'most_common_freqs', x.most_common_freqs,
  'histogram_bounds', case when x.resort
    then (select array_agg(bound order by bound collate "C")::text from unnest(x.histogram_bounds::text[]) as bound)
    else x.histogram_bounds
  end,
  'most_common_elems', x.most_common_elems, 'most_common_elem_freqs', x.most_common_elem_freqs,
  'elem_count_histogram', x.elem_count_histogram, 'range_length_histogram', x.range_length_histogram,
  'range_empty_frac', x.range_empty_frac, 'range_bounds_histogram', x.range_bounds_histogram
)
from json_to_recordset($1::json) as x(
  schema text, relation text, "column" text, inherited bool, resort bool,
  null_frac real, avg_width int, n_distinct real, correlation real,
  most_common_vals text, most_common_freqs real[], histogram_bounds text,
  most_common_elems text, most_common_elem_freqs real[], elem_count_histogram real[],
  range_length_histogram text, range_empty_frac real, range_bounds_histogram text
)
join pg_namespace n on n.nspname = x.schema
join pg_class c on c.relnamespace = n.oid and c.relname = x.relation
join pg_attribute a on a.attrelid = c.oid and a.attname = x."column"`;

function columnsNotByteOrdered({ relations }: SourceSnapshot): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { schema, name, columns } of relations) {
    for (const column of columns) {
      if (column.isByteOrdered === false && isText(column.type))
        keys.add(columnKey(schema, name, column.name));
    }
  }
  return keys;
}

/* The types of core that a collation orders. */
function isText(type: string): boolean {
  return /^(text|character varying|character|"char"|name)\b/.test(type);
}

function columnKey(schema: string, relation: string, column: string): string {
  return JSON.stringify([schema, relation, column]);
}
