import type { Node } from '@pgsql/types';
import type { Output, Relation } from './scope.ts';
import { lastName, literalOf } from './syntax.ts';

/** The result that a position or a name of the target list means. */
export function resultOf(node: Node | undefined, outputs: readonly Output[]): Output | undefined {
  if (!node) return undefined;
  if ('A_Const' in node && node.A_Const.ival) return outputs[Number(literalOf(node)) - 1];
  if (!('ColumnRef' in node) || node.ColumnRef.fields?.length !== 1) return undefined;
  const name = lastName(node.ColumnRef.fields);
  return outputs.find((output) => output.name === name);
}

/** The name that PostgreSQL gives a result without one. */
export function nameOf(value: Node | undefined): string {
  if (!value) return '';
  if ('ColumnRef' in value) return lastName(value.ColumnRef.fields);
  if ('FuncCall' in value) return lastName(value.FuncCall.funcname);
  if ('TypeCast' in value) return nameOf(value.TypeCast.arg);
  return '';
}

/** The names that NATURAL joins by. */
export function sharedNames(left: readonly Relation[], right: readonly Relation[]): string[] {
  return left
    .flatMap((relation) => relation.all().map(({ name }) => name))
    .filter((name) => firstOutput(right, name));
}

/** The column of that name in the first relation that has one. */
export function firstOutput(relations: readonly Relation[], name: string): Output | undefined {
  return relations.map((relation) => relation.find(name)).find(Boolean);
}

/** A column that no index holds. */
export function computed(name: string): Output {
  return { name, origins: [], use: () => {} };
}

/** A column of rows that are grouped, sorted out or cut off before they are seen. */
export function behindBarrier(output: Output): Output {
  return { ...output, origins: output.origins.map((origin) => ({ ...origin, isBehindBarrier: true })) };
}
