import type { A_Const, Node } from '@pgsql/types';

/** The names of a qualified name: `pg_catalog.date_part` → `['pg_catalog', 'date_part']`. */
export function namesOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** The last name, without the schema. */
export function lastName(nodes: readonly Node[] | undefined): string {
  return namesOf(nodes).at(-1) ?? '';
}

/** A constant as text; undefined for NULL. */
function constantText(constant: A_Const): string | undefined {
  if (constant.isnull) return undefined;
  if (constant.sval) return constant.sval.sval ?? '';
  if (constant.ival) return String(constant.ival.ival ?? 0);
  if (constant.fval) return constant.fval.fval ?? '0';
  if (constant.boolval) return constant.boolval.boolval ? 't' : 'f';
  return constant.bsval?.bsval;
}

/** The constant an expression is, under its casts: `date '2020-01-01'` → `2020-01-01`. */
export function literalOf(node: Node | undefined): string | undefined {
  let inner = node;
  while (inner && 'TypeCast' in inner) inner = inner.TypeCast.arg;
  return inner && 'A_Const' in inner ? constantText(inner.A_Const) : undefined;
}

/**
 * Goes over all nodes below and including one, parents first; where `visit` returns false, not below it. On a stack of
 * its own: chains of operators may be as deep as they are long.
 */
export function walk(root: unknown, visit: (node: Node) => boolean): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i--) pending.push(value[i]);
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    // A node is an object of one field that is named after its kind; all other fields begin in lower case.
    const [kind] = Object.keys(value);
    if (kind !== undefined && isKind(kind) && !visit(value as Node)) continue;
    const fields = Object.values(value);
    for (let i = fields.length - 1; i >= 0; i--) pending.push(fields[i]);
  }
}

function isKind(name: string): boolean {
  return name >= 'A' && name < 'a';
}
