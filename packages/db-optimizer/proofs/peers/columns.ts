import type { Queryable } from '@evenkeel/core';

/** A column a peer might index. */
export interface TableColumn {
  readonly table: string;
  readonly column: string;
  /** As in `pg_type.typname`. */
  readonly type: string;
}

/** The columns of all tables of the schema `public`, in their order. */
export async function readColumns(database: Queryable): Promise<TableColumn[]> {
  const { rows } = await database.query<{ table: string; column: string; type: string }>(`
    select c.relname as table, a.attname as column, t.typname as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`);
  return rows;
}

/** The columns of each plain b-tree there is, neither partial nor of expressions, as `table(a,b)`. */
export async function readIndexedColumns(database: Queryable): Promise<Set<string>> {
  const { rows } = await database.query<{ table: string; columns: string[] }>(`
    select c.relname as table, array_agg(a.attname::text order by k.place) as columns
    from pg_index i join pg_class c on c.oid = i.indrelid
      cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where c.relnamespace = 'public'::regnamespace and i.indexprs is null and i.indpred is null
    group by i.indexrelid, c.relname`);
  return new Set(rows.map(({ table, columns }) => indexKey(table, columns)));
}

export function indexKey(table: string, columns: readonly string[]): string {
  return `${table}(${columns.join(',')})`;
}

export function plainIndexSql(table: string, columns: readonly string[]): string {
  return `create index on ${table} (${columns.join(', ')})`;
}
