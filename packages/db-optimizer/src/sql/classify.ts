import type { Node } from '@pgsql/types';
import { isHarmlessFunction } from './harmless-functions.ts';
import type { StatementKind } from './statement.ts';

/** What the tree of a statement says of it. */
export interface Classification {
  readonly kind: StatementKind;
  readonly isReadOnly: boolean;
  readonly parameters: number;
}

const KINDS: Readonly<Record<string, StatementKind>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
  TransactionStmt: 'transaction',
};

/* Sampling methods of PostgreSQL's own. */
const SAMPLING = new Set(['bernoulli', 'system']);

/**
 * Tells the kind of a statement, its parameters, and whether it is proven to change nothing. Unqualified names of
 * functions are taken for PostgreSQL's own, and operators, casts and views for harmless: what a database makes of
 * these a text does not tell, so that a READ ONLY transaction is still of use.
 */
export function classify(tree: Node): Classification {
  const kind = KINDS[Object.keys(tree)[0] ?? ''] ?? 'other';
  let isReadOnly = kind === 'select';
  let parameters = 0;
  visit(tree, (name, node) => {
    if (name === 'ParamRef') parameters = Math.max(parameters, numberOf(node.number));
    isReadOnly &&= isHarmless(name, node);
  });
  return { kind, isReadOnly, parameters };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Calls `see` for every object in a tree, in no particular order, with the key that leads to it, which is the type of
 * most nodes. It takes no stack, however deep the tree.
 */
export function visit(tree: unknown, see: (name: string, node: Fields) => void): void {
  const rest: [name: string, value: unknown][] = [['', tree]];
  for (let next = rest.pop(); next; next = rest.pop()) {
    const [name, value] = next;
    if (Array.isArray(value)) {
      for (const each of value) rest.push([name, each]);
    } else if (typeof value === 'object' && value !== null) {
      const fields = value as Fields;
      see(name, fields);
      for (const key in fields) {
        const inner = fields[key];
        if (typeof inner === 'object') rest.push([key, inner]);
      }
    }
  }
}

function isHarmless(name: string, node: Fields): boolean {
  switch (name) {
    case 'SelectStmt':
      return true;
    case 'IntoClause':
    case 'intoClause':
    case 'LockingClause':
      return false;
    case 'FuncCall':
      return isOwn(node.funcname, isHarmlessFunction);
    case 'RangeTableSample':
      return isOwn(node.method, (method) => SAMPLING.has(method));
    case 'A_Expr':
      return isOwn(node.name, () => true);
    default:
      // Whatever else is a statement may change something.
      return !name.endsWith('Stmt');
  }
}

/** Whether a name is unqualified, or of `pg_catalog`, and accepted. */
function isOwn(given: unknown, accept: (name: string) => boolean): boolean {
  const parts = namesIn(given);
  const name = parts.at(-1) ?? '';
  return (parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog')) && accept(name);
}

function namesIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((each: { String?: { sval?: unknown } } | null) => String(each?.String?.sval ?? ''));
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
