import type { ExistingIndex, Table } from '../../../catalogue/catalogue.ts';
import type { PlanNode } from '../plan.ts';
import { columnsIn } from './columns-in.ts';
import { count, type PlanRule, percent, priorityOf, tableOf } from './plan-finding.ts';

/* An index spares little where more rows than this are wanted, or the table has few. */
const SELECTIVE = 0.1;
const MANY_ROWS = 10_000;

/* A nested loop that starts a scan so often. */
const MANY_LOOPS = 100;

/* Of the rows of an index-only scan, so many looked up in the table all the same. */
const MANY_FETCHES = 0.3;

/** A table read whole, or nearly so, for few of its rows. */
export const indexableScan: PlanRule = (node, context) => {
  // One that is repeated is told by the next rule.
  if (node.type !== 'Seq Scan' || node.conditions.Filter === undefined || isRepeated(node)) return undefined;
  const table = context.catalogue?.find(node.relation ?? '', node.schema);
  const read = rowsRead(node, table);
  if (read === undefined || read.total < MANY_ROWS || read.kept > SELECTIVE * read.total) return undefined;
  const columns = table ? columnsIn(node.conditions.Filter, table, node.alias) : [];
  const isEither = node.conditions.Filter.includes(' OR ');
  const existing = table && !isEither ? indexOn(columns, table) : undefined;
  const share = context.shareOf(node);
  const loops = node.run?.loops ?? 1;
  const advice = existing
    ? `its index ${existing.name} was not used: see that the condition compares the bare column, with a value of its type, and that the expected ${count(node.rows)} rows are about right`
    : isEither
      ? 'an index for each side of the OR would spare reading the rest'
      : `an index on ${columns.length > 0 ? columns.join(', ') : 'what the filter asks'} would spare reading the rest`;
  return {
    kind: 'indexable scan',
    node: node.position,
    priority: priorityOf(share),
    message: `${node.relation} was read whole for ${percent(read.kept / read.total)} of its ${count(read.total / loops)} rows, with the filter ${shortened(node.conditions.Filter)}: ${advice}.`,
    share,
    table: tableOf(node),
    evidence: {
      filter: node.conditions.Filter,
      columns,
      rowsRead: read.total,
      rowsKept: read.kept,
      isMeasured: node.run !== undefined,
      ...(existing && { unusedIndex: existing.name }),
    },
  };
};

/** An index that led to far more rows than were wanted. */
export const filteredIndexScan: PlanRule = (node, context) => {
  const filter = node.conditions.Filter;
  if (!node.type.startsWith('Index') && node.type !== 'Bitmap Heap Scan') return undefined;
  if (filter === undefined || !node.run) return undefined;
  const read = rowsRead(node, undefined);
  if (read === undefined || read.total < MANY_ROWS || read.kept > SELECTIVE * read.total) return undefined;
  const table = context.catalogue?.find(node.relation ?? '', node.schema);
  const columns = table ? columnsIn(filter, table, node.alias) : [];
  const share = context.shareOf(node);
  const index = node.index ?? node.children.find((child) => child.index !== undefined)?.index;
  const what = columns.length > 0 ? columns.join(', ') : 'what the filter asks';
  return {
    kind: 'filtered index scan',
    node: node.position,
    priority: priorityOf(share),
    message: `The index ${index ?? ''} of ${node.relation} led to ${count(read.total)} rows, of which the filter ${shortened(filter)} kept ${percent(read.kept / read.total)}: an index that has ${what} too would lead to those alone.`,
    share,
    table: tableOf(node),
    evidence: { index, filter, columns, rowsRead: read.total, rowsKept: read.kept },
  };
};

/** A table read from end to end for each row of another. */
export const repeatedScan: PlanRule = (node, context) => {
  if (!isRepeated(node) || !node.run) return undefined;
  const read = rowsRead(node, undefined);
  if (read === undefined || read.total < MANY_ROWS) return undefined;
  const parent = context.parents[node.position];
  const share = context.shareOf(node);
  const condition = node.conditions.Filter ?? parent?.conditions['Join Filter'];
  const table = context.catalogue?.find(node.relation ?? '', node.schema);
  const columns = table && condition !== undefined ? columnsIn(condition, table, node.alias) : [];
  const outer = parent?.children[0];
  const expected = outer?.rows ?? 1;
  const why = expected * 10 < node.run.loops ? `; only ${count(expected)} times were expected` : '';
  const advice =
    condition === undefined
      ? 'see whether the join lacks a condition'
      : `an index on ${columns.length > 0 ? columns.join(', ') : 'the columns compared'} would find the rows at once`;
  return {
    kind: 'repeated scan',
    node: node.position,
    priority: priorityOf(share),
    message: `${node.relation} was read whole ${count(node.run.loops)} times, ${count(read.total)} rows in all${condition === undefined ? '' : `, for ${shortened(condition)}`}${why}: ${advice}.`,
    share,
    table: tableOf(node),
    evidence: { condition, columns, loops: node.run.loops, expectedLoops: expected, rowsRead: read.total },
  };
};

/** An index-only scan of a table that was not vacuumed: it looks into the table for each row. */
export const heapFetches: PlanRule = (node, context) => {
  if (node.type !== 'Index Only Scan' || !node.run || node.heapFetches === undefined) return undefined;
  const rows = node.run.rows * node.run.loops;
  if (node.heapFetches < MANY_ROWS || node.heapFetches < MANY_FETCHES * rows) return undefined;
  const share = context.shareOf(node);
  return {
    kind: 'heap fetches',
    node: node.position,
    priority: priorityOf(share),
    message: `The index-only scan of ${node.relation} looked up ${count(node.heapFetches)} of ${count(rows)} rows in the table after all: VACUUM ${node.relation}, and let autovacuum come by more often.`,
    share,
    table: tableOf(node),
    evidence: { index: node.index, heapFetches: node.heapFetches, rows },
  };
};

/** Rows read and kept over all loops and processes; as planned, where it was not run and the table is known. */
function rowsRead(node: PlanNode, table: Table | undefined): { total: number; kept: number } | undefined {
  if (node.run) {
    const { rows, loops } = node.run;
    return { total: (rows + node.removed.filter + node.removed.recheck) * loops, kept: rows * loops };
  }
  if (table?.rows === undefined) return undefined;
  // Of a parallel scan, the rows of one process; at most four of them count in the planner's eyes.
  return { total: table.rows, kept: node.isParallelAware ? Math.min(table.rows, 4 * node.rows) : node.rows };
}

function isRepeated({ type, isParallelAware, run }: PlanNode): boolean {
  return type === 'Seq Scan' && !isParallelAware && (run?.loops ?? 0) >= MANY_LOOPS;
}

/** A usable index that begins with one of the columns. */
function indexOn(columns: readonly string[], { indexes }: Table): ExistingIndex | undefined {
  return indexes.find(
    ({ keys: [first], isValid, where }) =>
      isValid && where === undefined && first?.kind === 'column' && columns.includes(first.sql),
  );
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
