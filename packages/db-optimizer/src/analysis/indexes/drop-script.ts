import type { ExistingIndex, Table } from '../../catalogue/catalogue.ts';
import type { IndexFinding } from './index-finding.ts';

/**
 * A psql script that drops an index without blocking anybody for long. The DROP is written by a query that finds
 * nothing where the index is another by now, has come into use, or lost the one that does its work: then nothing is
 * dropped. Without CASCADE PostgreSQL refuses while something depends on it.
 */
export function dropScript(finding: Pick<IndexFinding, 'kind' | 'index' | 'by'>, table: Table): string {
  const { kind, index, by } = finding;
  const conditions = [
    `n.nspname = ${literal(index.schema)} and c.relname = ${literal(index.name)}`,
    `pg_get_indexdef(i.indexrelid) = ${literal(index.sql)}`,
    'not i.indisprimary and not i.indisreplident and not c.relispartition',
    "not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))",
  ];
  if (by)
    conditions.push(
      `exists (\n    select from pg_index o where o.indrelid = i.indrelid and o.indisvalid and o.indisready\n      and pg_get_indexdef(o.indexrelid) = ${literal(by.sql)}\n  )`,
    );
  if (kind === 'unused')
    conditions.push(
      `coalesce((select u.idx_scan from pg_stat_all_indexes u where u.indexrelid = i.indexrelid), 0) <= ${index.scans}`,
    );
  if (kind === 'invalid')
    conditions.push(
      'not i.indisvalid',
      'not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)',
    );
  // The index of a partitioned table goes with those of its partitions, and not concurrently.
  const drop = table.kind === 'partitioned' ? 'drop index' : 'drop index concurrently';
  const lines = [
    '-- Run with psql, outside a transaction. It does nothing where the index is no longer as described.',
    '\\set ON_ERROR_STOP on',
    "set lock_timeout = '5s';",
    'set statement_timeout = 0;',
    `select format('${drop} %I.%I', n.nspname, c.relname)`,
    'from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace',
    `where ${conditions.join('\n  and ')} \\gexec`,
  ];
  // One that failed to be made has nothing to be brought back.
  if (kind !== 'invalid') lines.push('-- To bring it back:', `-- ${onOneLine(restoreSql(index, table))};`);
  return `${lines.join('\n')}\n`;
}

function restoreSql({ sql }: ExistingIndex, { kind }: Table): string {
  return kind === 'partitioned'
    ? sql
    : sql.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ');
}

/** Names may hold line breaks, and what follows one would no longer be a comment. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}

/** A string constant that reads the same whatever `standard_conforming_strings` says. */
function literal(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
