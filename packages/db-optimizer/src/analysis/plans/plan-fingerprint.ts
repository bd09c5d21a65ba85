import { createHash } from 'node:crypto';
import type { Catalogue, ExistingIndex } from '../../catalogue/catalogue.ts';
import type { Plan, PlanNode } from './plan.ts';

/* Of 64 bits: two of a million plans of one query alike by chance, once in a hundred million histories. */
const HEX_DIGITS = 16;

/**
 * The same for plans of the same shape: what is scanned by which index, joined, sorted and grouped how, in which order.
 * Costs, row counts, constants, the number of workers, and how many and which partitions are left over play no part.
 * Compare plans of one statement only: tables are told apart by their aliases.
 *
 * @param catalogue tells the indexes of partitions, which have a name each, by what they are on
 */
export function planFingerprint(plan: Plan, catalogue?: Catalogue): string {
  const shape = shapeOf(plan.root, catalogue);
  return createHash('sha256').update(shape).digest('hex').slice(0, HEX_DIGITS);
}

/** The shape as text, for people: `Hash Join Inner(Seq Scan on orders, Hash(Index Scan using …))`. */
export function planShape(plan: Plan, catalogue?: Catalogue): string {
  return shapeOf(plan.root, catalogue);
}

function shapeOf(node: PlanNode, catalogue: Catalogue | undefined, isMember = false): string {
  const isAppend = node.type === 'Append' || node.type === 'Merge Append';
  let children = node.children.map((child) => shapeOf(child, catalogue, isAppend || isMember));
  if (isAppend) {
    children = [...new Set(children)];
    // Where all partitions but one are pruned, PostgreSQL leaves the Append out.
    if (children.length === 1) return children[0] ?? '';
  }
  const words = [node.isParallelAware ? `Parallel ${node.type}` : node.type];
  for (const word of [node.strategy, node.joinType, node.operation]) {
    if (word !== undefined && word !== 'Plain') words.push(word);
  }
  if (node.partialMode !== undefined && node.partialMode !== 'Simple') words.push(node.partialMode);
  if (node.scanDirection === 'Backward') words.push('backward');
  if (node.index !== undefined) words.push(`using ${indexName(node.index, catalogue)}`);
  // PostgreSQL numbers the members: partitions of `orders` are `orders_1`, `orders_2`.
  const alias = isMember ? node.alias?.replace(/_\d+$/, '') : node.alias;
  const target = alias ?? node.relation ?? node.cte;
  if (target !== undefined) words.push(`on ${target}`);
  if (node.subplan !== undefined) words.push(`as ${node.subplan.split(' (returns')[0]}`);
  return children.length === 0 ? words.join(' ') : `${words.join(' ')}(${children.join(', ')})`;
}

/** What the index of a partition is on: its name is another in each. */
function indexName(name: string, catalogue: Catalogue | undefined): string {
  for (const table of catalogue?.tables ?? []) {
    if (table.kind !== 'partition') continue;
    const index = table.indexes.find((each) => each.name === name);
    if (index) return `(${keysOf(index)})`;
  }
  return name;
}

function keysOf({ keys, include, where }: ExistingIndex): string {
  const columns = [...keys.map(({ sql, descending }) => (descending ? `${sql} desc` : sql)), ...include];
  return where === undefined ? columns.join(', ') : `${columns.join(', ')} where ${where}`;
}
