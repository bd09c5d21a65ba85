import type { IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { createIndexSql, quote } from '../indexes/index-definition.ts';

/**
 * A psql script that makes an index without blocking writers, and can be run again after a failure: an attempt that
 * fails leaves an invalid index behind, which `IF NOT EXISTS` would take for the whole one.
 *
 * @param table where the index goes; the parent's own index of a partitioned table is made last, of its partitions'
 */
export function indexScript(
  index: IndexDefinition,
  name: string,
  table: Table,
  partitions: readonly Table[],
): string {
  const lines = [
    '-- Run with psql, outside a transaction. It may be run again after a failure.',
    '\\set ON_ERROR_STOP on',
    "set lock_timeout = '5s';",
    'set statement_timeout = 0;',
  ];
  if (table.kind !== 'partitioned') {
    lines.push(...guarded(index, name), `\\echo ${literal(`made ${name}`)}`);
    return `${lines.join('\n')}\n`;
  }
  const whole = createIndexSql(index, { name, ifNotExists: true, only: true });
  lines.push(
    '-- PostgreSQL makes no index of a partitioned table concurrently: one for each partition, then theirs.',
  );
  lines.push(`${whole};`);
  for (const [position, partition] of partitions.entries()) {
    const own = `${name.slice(0, 55)}_${position + 1}`;
    lines.push(...guarded({ ...index, schema: partition.schema, table: partition.name }, own));
    lines.push(
      `alter index ${quote(index.schema)}.${quote(name)} attach partition ${quote(partition.schema)}.${quote(own)};`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function guarded(index: IndexDefinition, name: string): string[] {
  const named = `c.relname = ${literal(name)} and n.nspname = ${literal(index.schema)}`;
  const find = `from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where ${named}`;
  return [
    `select format('drop index concurrently %I.%I', n.nspname, c.relname) ${find} and not i.indisvalid \\gexec`,
    `${createIndexSql(index, { name, concurrently: true, ifNotExists: true })};`,
    `select i.indisvalid as is_valid ${find};`,
  ];
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
