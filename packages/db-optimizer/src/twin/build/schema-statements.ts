import { quote } from '../../indexes/index-definition.ts';
import type { SourceColumn, SourceIndex, SourceRelation, SourceSnapshot } from '../source/snapshot.ts';

/** A statement that makes a part of the schema. */
export interface SchemaStatement {
  /** What it makes, in plain words. */
  readonly what: string;
  readonly sql: string;
  /** OIDs of the source's relations it belongs to: without them it can't work, and that goes without saying. */
  readonly of: readonly number[];
}

/** What columns and functions are made of. */
export function objectStatements(
  { schemas, extensions, collations, types, functions }: SourceSnapshot,
  available: ReadonlySet<string>,
): SchemaStatement[] {
  return [
    ...schemas.map((schema) => free(`schema ${schema}`, `create schema if not exists ${quote(schema)}`)),
    ...extensions
      .filter(({ name }) => available.has(name))
      .map(({ name, schema }) =>
        free(`extension ${name}`, `create extension if not exists ${quote(name)} schema ${quote(schema)}`),
      ),
    ...collations.map(({ schema, name, isByteOrdered }) =>
      free(
        `collation ${name}`,
        `create collation if not exists ${quote(schema)}.${quote(name)} (provider = libc, locale = '${
          isByteOrdered ? 'C' : 'en_US.UTF-8'
        }')`,
      ),
    ),
    ...types.map(({ name, kind, definition }) =>
      free(`type ${name}`, `create ${kind === 'domain' ? 'domain' : 'type'} ${name} as ${definition}`),
    ),
    ...functions.map(({ name, sql }) => free(`function ${name}`, sql)),
  ];
}

/**
 * Tables and what belongs to them.
 *
 * @param unknownTypes that there are not: what takes their place holds bytes
 */
export function relationStatements(
  snapshot: SourceSnapshot,
  unknownTypes: ReadonlySet<string>,
): SchemaStatement[] {
  const { relations, indexes, constraints, extendedStatistics } = snapshot;
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const name = (oid: number): string => {
    const relation = byOid.get(oid);
    return relation ? qualified(relation) : '';
  };
  const tables = relations.filter(({ kind }) => kind !== 'view');
  const valid = indexes.filter(({ isValid }) => isValid);
  const indexByOid = new Map(valid.map((index) => [index.oid, index]));
  return [
    ...tables.map((table) => ({
      what: `table ${qualified(table)}`,
      sql: createTable(table, unknownTypes),
      of: [],
    })),
    ...constraints
      .filter(({ kind }) => kind === 'check')
      .map(({ table, name: constraint, definition }) => ({
        what: `constraint ${constraint} of ${name(table)}`,
        sql: `alter table only ${name(table)} add constraint ${quote(constraint)} ${definition}`,
        of: [table],
      })),
    ...tables.flatMap((table) =>
      table.parents
        .filter((parent) => byOid.has(parent))
        .map((parent) => ({
          what: `${qualified(table)} as a part of ${name(parent)}`,
          sql: inherit(table, name(parent)),
          of: [table.oid, parent],
        })),
    ),
    ...valid.map((index) => ({
      what: `index ${qualified(index)}`,
      sql:
        index.constraint === null
          ? index.sql
          : `alter table only ${name(index.table)} add constraint ${index.constraint}`,
      of: [index.table],
    })),
    ...valid.flatMap((index) => {
      const parent = indexByOid.get(index.parent ?? -1);
      return parent ? [attachIndex(index, parent)] : [];
    }),
    ...constraints
      .filter(({ kind }) => kind === 'foreign key')
      .map(({ table, name: constraint, definition }) => ({
        what: `foreign key ${constraint} of ${name(table)}`,
        sql: `alter table ${name(table)} add constraint ${quote(constraint)} ${definition}`,
        of: [table],
      })),
    ...extendedStatistics.map(({ name: statistics, sql, table }) => ({
      what: `statistics ${statistics}`,
      sql,
      of: [table],
    })),
    ...relations
      .filter(({ kind }) => kind === 'view')
      .map((view) => ({
        what: `view ${qualified(view)}`,
        sql: `create view ${qualified(view)} as ${view.definition}`,
        of: [],
      })),
  ];
}

/** A relation's name as SQL. */
export function qualified({ schema, name }: { schema: string; name: string }): string {
  return `${quote(schema)}.${quote(name)}`;
}

function free(what: string, sql: string): SchemaStatement {
  return { what, sql, of: [] };
}

/** Materialised views become tables: to the planner they are alike. */
function createTable(table: SourceRelation, unknownTypes: ReadonlySet<string>): string {
  const columns = table.columns.map((column) => columnSql(column, unknownTypes));
  const key = table.partitionKey === null ? '' : ` partition by ${table.partitionKey}`;
  // Of what may be set on a table, only this is the planner's concern.
  const workers = table.options.find((option) => option.startsWith('parallel_workers='));
  return `create table ${qualified(table)} (${columns.join(', ')})${key}${workers ? ` with (${workers})` : ''}`;
}

function columnSql(
  { name, type, collation, notNull, virtual }: SourceColumn,
  unknownTypes: ReadonlySet<string>,
): string {
  if (unknownTypes.has(type)) return `${quote(name)} bytea`;
  const words = [quote(name), type];
  if (collation !== null) words.push(`collate ${collation}`);
  if (virtual !== null) words.push(`generated always as (${virtual}) virtual`);
  if (notNull) words.push('not null');
  return words.join(' ');
}

function inherit(table: SourceRelation, parent: string): string {
  return table.bound === null
    ? `alter table ${qualified(table)} inherit ${parent}`
    : `alter table ${parent} attach partition ${qualified(table)} ${table.bound}`;
}

function attachIndex(index: SourceIndex, parent: SourceIndex): SchemaStatement {
  return {
    what: `index ${qualified(index)} as a part of ${qualified(parent)}`,
    sql: `alter index ${qualified(parent)} attach partition ${qualified(index)}`,
    of: [index.table, parent.table],
  };
}
