import type { ColumnRef, Node } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import { castTarget, immutableType, type TypeGroup, typeGroup } from './immutable-type.ts';
import type { Scope } from './scope.ts';
import { walk } from './syntax.ts';
import type { Origin, TableReading } from './table-reading.ts';

const MAX_NODES = 200;

/** The columns an expression may stand for in an index: itself, or an immutable expression over one table. */
export function originsOf(node: Node | undefined, scope: Scope): readonly Origin[] {
  if (node === undefined) return [];
  if ('ColumnRef' in node) {
    const outputs = scope.resolve(node.ColumnRef)?.outputs ?? [];
    return outputs.length === 1 ? (outputs[0]?.origins ?? []) : [];
  }
  if ('TypeCast' in node) {
    // A cast that changes nothing is not there for the planner either: `name::text` of a `varchar`.
    const inner = originsOf(node.TypeCast.arg, scope);
    const target = castTarget(node.TypeCast.typeName);
    if (inner.length > 0 && inner.every((origin) => isSameAs(target, origin))) return inner;
  }
  if ('A_Const' in node || 'ParamRef' in node) return [];
  const single = onlyTable(node, scope);
  if (single === undefined || typeIn(node, scope) === undefined) return [];
  const sql = bareSql(node, scope);
  if (sql === undefined) return [];
  return [
    {
      table: single.table,
      term: { kind: 'expression', sql, columns: single.columns },
      isBehindBarrier: single.isBehindBarrier,
    },
  ];
}

/**
 * A condition over one table as SQL with bare column names, where it always gives the same answer for a row; else
 * undefined.
 */
export function predicateOf(node: Node, scope: Scope): string | undefined {
  if (onlyTable(node, scope) === undefined || typeIn(node, scope) !== 'boolean') return undefined;
  return bareSql(node, scope);
}

/** The one table whose columns an expression reads, if there is just one. */
export function onlyTable(
  node: Node,
  scope: Scope,
): { table: TableReading; columns: string[]; isBehindBarrier: boolean } | undefined {
  const columns = new Set<string>();
  let table: TableReading | undefined;
  let isSingle = true;
  let isBehindBarrier = false;
  walk(node, (inner) => {
    if ('SubLink' in inner) isSingle = false;
    if (!('ColumnRef' in inner)) return isSingle;
    const origin = columnIn(inner.ColumnRef, scope);
    if (origin === undefined || (table !== undefined && origin.table !== table)) isSingle = false;
    else {
      table = origin.table;
      columns.add(origin.term.sql);
      isBehindBarrier ||= origin.isBehindBarrier;
    }
    return false;
  });
  return isSingle && table ? { table, columns: [...columns], isBehindBarrier } : undefined;
}

/** The type of a column of the catalogue. */
export function columnType(table: TableReading, column: string): string | undefined {
  return table.table.columns.find(({ name }) => name === column)?.type;
}

/** The column of a table that a name stands for, unless it stands for several or for what was computed. */
function columnIn(reference: ColumnRef, scope: Scope): Origin | undefined {
  const outputs = scope.resolve(reference)?.outputs ?? [];
  const origins = outputs.length === 1 ? (outputs[0]?.origins ?? []) : [];
  const [origin] = origins;
  return origins.length === 1 && origin?.term.kind === 'column' ? origin : undefined;
}

function typeIn(node: Node, scope: Scope): TypeGroup | undefined {
  if (isLong(node)) return undefined;
  return immutableType(node, ({ ColumnRef }) => {
    const origin = columnIn(ColumnRef, scope);
    return origin && columnType(origin.table, origin.term.sql);
  });
}

/** Whether an expression is longer than anyone would index, and than recursion can be trusted with. */
function isLong(node: Node): boolean {
  let left = MAX_NODES;
  walk(node, () => left-- > 0);
  return left < 0;
}

function isSameAs(target: string, { table, term }: Origin): boolean {
  const type = term.kind === 'column' ? columnType(table, term.sql) : undefined;
  if (type === undefined) return false;
  // Between fixed-length and other texts the cast strips blanks: a real function.
  const isFixed = /^(character\(|character$|bpchar|char$)/.test(type) || target === 'bpchar';
  return typeGroup(target) === 'text' && typeGroup(type) === 'text' && !isFixed;
}

function bareSql(node: Node, scope: Scope): string | undefined {
  const copy = structuredClone(node);
  let isBare = true;
  walk(copy, (inner) => {
    if (!('ColumnRef' in inner)) return true;
    const origin = columnIn(inner.ColumnRef, scope);
    if (origin) inner.ColumnRef.fields = [{ String: { sval: origin.term.sql } }];
    else isBare = false;
    return false;
  });
  return isBare ? deparseSync(copy) : undefined;
}
