import type { Priority } from '@evenkeel/core';
import { isStale } from '../../statistics/stale-statistics.ts';
import type { PlanNode } from '../plan.ts';
import { columnsIn } from './columns-in.ts';
import { count, type PlanContext, type PlanRule, tableOf } from './plan-finding.ts';

/* As pgAdmin marks them: ten times off is worth a look, a hundred and a thousand are wrong. */
const WRONG = 10;
const VERY_WRONG = 100;
const ABSURD = 1000;

/* Fewer rows make no plan slow, whatever was expected. */
const MIN_ROWS = 1000;

/* These have no rows of their own, or count each row as often as it is read again. */
const WITHOUT_ROWS = new Set([
  'BitmapAnd',
  'BitmapOr',
  'ModifyTable',
  'Recursive Union',
  'WorkTable Scan',
  'Hash',
]);

/** The planner expected far fewer rows, or far more, than came: where that begins. */
export const misestimate: PlanRule = (node, context) => {
  const error = errorOf(node, context);
  if (error === undefined || !node.run || error.factor < WRONG) return undefined;
  if (Math.max(node.rows, node.run.rows) * node.run.loops < MIN_ROWS) return undefined;
  if (isInherited(error, node, context)) return undefined;
  const share = context.wholeShareOf(context.parents[node.position] ?? node);
  const { advice, ...cause } = causeOf(node, context);
  const less = error.isUnder ? 'fewer' : 'more';
  return {
    kind: 'misestimate',
    node: node.position,
    priority: priorityBy(error, share),
    message: `The planner expected ${count(error.factor)} times ${less} rows of ${nameOf(node)} than came (${count(node.rows)} against ${count(node.run.rows)}${node.run.loops > 1 ? ' each time' : ''}), so that its other choices may be wrong too: ${advice}.`,
    share,
    table: tableOf(node),
    evidence: {
      expectedRows: node.rows,
      rows: node.run.rows,
      loops: node.run.loops,
      factor: error.factor,
      ...cause,
    },
  };
};

function priorityBy({ factor, isUnder }: EstimateError, share: number): Priority {
  if (share < 0.1 || factor < VERY_WRONG) return 'low';
  // Prepared for more than came, a plan wastes little; for less, loops and hash tables grow beyond measure.
  return factor < ABSURD || !isUnder ? 'medium' : 'high';
}

/** Above the node where it begins, all are wrong: that one alone is told. */
function isInherited({ factor, isUnder }: EstimateError, node: PlanNode, context: PlanContext): boolean {
  return node.children.some((child) => {
    const error = errorOf(child, context);
    if (error?.isUnder !== isUnder) return false;
    // Of nothing comes nothing, whatever was expected on top.
    return isUnder ? factor < WRONG * error.factor : error.factor >= WRONG;
  });
}

/** How wrong an estimate is: by a factor of at least 1, and in which direction. */
interface EstimateError {
  readonly factor: number;
  readonly isUnder: boolean;
}

/** How far off, by a factor of at least 1; undefined where that cannot be told. */
function errorOf(node: PlanNode, context: PlanContext): EstimateError | undefined {
  if (!node.run || node.run.loops === 0 || WITHOUT_ROWS.has(node.type)) return undefined;
  // Before PostgreSQL 18 a mean below a half is shown as 0.
  const expected = Math.max(1, node.rows);
  const came = Math.max(1, node.run.rows);
  if (came >= expected)
    return isReadAgain(node, context) ? undefined : { factor: came / expected, isUnder: true };
  return stopsEarly(node, context) ? undefined : { factor: expected / came, isUnder: false };
}

/** A merge join goes back over equal keys of its inner side, and counts them each time. */
function isReadAgain(node: PlanNode, { parents }: PlanContext): boolean {
  return node.relationship === 'Inner' && parents[node.position]?.type === 'Merge Join';
}

/** Whether whoever reads the node may have had enough before its end, so that fewer rows say nothing. */
function stopsEarly(node: PlanNode, { parents }: PlanContext): boolean {
  for (let child = node; ; ) {
    const parent = parents[child.position];
    if (child.relationship === 'InitPlan' || child.relationship === 'SubPlan') return true;
    if (!parent) return false;
    if (readsAll(parent)) return false;
    if (parent.type === 'Limit' || parent.type === 'Merge Join') return true;
    const looksForOne = parent.innerUnique || parent.joinType === 'Semi' || parent.joinType === 'Anti';
    if (parent.type === 'Nested Loop' && child.relationship === 'Inner' && looksForOne) return true;
    // Nothing to find in the hash table: the other side is not read.
    if (
      parent.type === 'Hash Join' &&
      child.relationship === 'Outer' &&
      (parent.children[1]?.run?.rows ?? 0) === 0
    )
      return true;
    child = parent;
  }
}

function readsAll({ type, strategy }: PlanNode): boolean {
  return (
    type === 'Sort' ||
    type === 'Hash' ||
    type === 'ModifyTable' ||
    (type === 'Aggregate' && strategy !== 'Sorted')
  );
}

const INDEPENDENT = 'it takes conditions to be independent of one another, and of what they are joined to';

/* Where there are no statistics to go by. */
const ADVICE: Readonly<Record<string, string>> = {
  'CTE Scan': 'it knows little of what a CTE gives, and NOT MATERIALIZED lets it look inside',
  'Function Scan': 'it knows nothing of what a function gives but the ROWS it is declared with',
  Aggregate:
    'it takes the columns grouped by to be independent, and CREATE STATISTICS (ndistinct) on them tells it otherwise',
};

function causeOf(
  node: PlanNode,
  { catalogue }: PlanContext,
): { advice: string; condition?: string; columns?: readonly string[]; stale?: boolean } {
  const condition = Object.values(node.conditions).join(' and ');
  const table = node.relation === undefined ? undefined : catalogue?.find(node.relation, node.schema);
  if (node.relation === undefined) return { advice: ADVICE[node.type] ?? INDEPENDENT, condition };
  if (catalogue && table && isStale(table, catalogue))
    return { advice: `its statistics are stale, run ANALYZE ${nameOf(node)}`, condition, stale: true };
  const columns = table ? columnsIn(condition, table, node.alias) : [];
  if (columns.length > 1) {
    return {
      advice: `it takes ${columns.join(' and ')} to be independent; CREATE STATISTICS … ON ${columns.join(', ')} FROM ${nameOf(node)}, then ANALYZE, tells it otherwise`,
      condition,
      columns,
    };
  }
  return {
    advice:
      condition === ''
        ? `run ANALYZE ${nameOf(node)}`
        : `run ANALYZE ${nameOf(node)}, and if it stays so, raise the column's statistics target or create statistics on the expression in ${shortened(condition)}`,
    condition,
    columns,
  };
}

function nameOf(node: PlanNode): string {
  if (node.relation !== undefined) return node.relation;
  const by = node.sortKeys.length > 0 ? node.sortKeys : node.groupKeys;
  const detail =
    node.conditions['Hash Cond'] ?? node.conditions['Merge Cond'] ?? node.conditions['Join Filter'];
  const on = detail === undefined ? (by.length > 0 ? ` by ${by.join(', ')}` : '') : ` on ${detail}`;
  return `the ${node.type.toLowerCase()}${shortened(on)}`;
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
