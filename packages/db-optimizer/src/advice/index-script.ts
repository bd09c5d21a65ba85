import type { IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { partitionsOf } from '../catalogue/partitioned-tables.ts';
import { createIndexSql, quote } from '../indexes/index-definition.ts';
import { partitionIndexName } from './index-name.ts';

/** What is in the database beside the index. */
export interface IndexSurroundings {
  /** Among them the partitions of the index's table. */
  readonly tables: readonly Table[];
  /** Names of indexes. */
  readonly taken: ReadonlySet<string>;
}

/**
 * A psql script that makes an index without blocking writers, and can be run again after a failure: an attempt that
 * fails leaves an invalid index behind, which `IF NOT EXISTS` would take for the whole one.
 *
 * @param table where the index goes
 */
export function indexScript(
  index: IndexDefinition,
  name: string,
  table: Table,
  surroundings: IndexSurroundings,
): string {
  const lines = [
    '-- Run with psql, outside a transaction. It may be run again after a failure.',
    '\\set ON_ERROR_STOP on',
    "set lock_timeout = '5s';",
    'set statement_timeout = 0;',
  ];
  if (table.kind === 'partitioned') {
    lines.push(
      '-- PostgreSQL makes no index of a partitioned table concurrently: one for each partition, then theirs.',
      ...partByPart(index, name, table, surroundings),
    );
  } else lines.push(...guarded(index, name), `\\echo ${literal(`made ${name}`)}`);
  return `${lines.join('\n')}\n`;
}

/** The parent's index is there first, and is valid when that of its last partition is attached to it. */
function partByPart(
  index: IndexDefinition,
  name: string,
  table: Table,
  surroundings: IndexSurroundings,
): string[] {
  const { tables, taken } = surroundings;
  return [
    `${createIndexSql(index, { name, ifNotExists: true, only: true })};`,
    ...partitionsOf(table, tables).flatMap((partition, position) => {
      const own = { ...index, schema: partition.schema, table: partition.name };
      const ownName = partitionIndexName(name, position + 1, taken);
      const isParent = partition.kind === 'partitioned';
      return [
        ...(isParent ? partByPart(own, ownName, partition, surroundings) : guarded(own, ownName)),
        `alter index ${quote(index.schema)}.${quote(name)} attach partition ${quote(partition.schema)}.${quote(ownName)};`,
      ];
    }),
  ];
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
