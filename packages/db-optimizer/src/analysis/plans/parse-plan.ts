import { describeValue, EvenkeelError } from '@evenkeel/core';
import type { BufferUse, NodeRun, Plan, PlanNode } from './plan.ts';

/** Something that is not the output of EXPLAIN (FORMAT JSON), or more of it than is read. */
export class PlanFormatError extends EvenkeelError {
  override readonly name = 'PlanFormatError';

  constructor(message: string, cause?: unknown) {
    super(`not a plan as EXPLAIN (FORMAT JSON) writes it: ${message}`, { code: 'PLAN_FORMAT', cause });
  }
}

/* A plan over 10,000 partitions has some 20,000 nodes; more than this is no plan to be looked at. */
const MAX_NODES = 50_000;

/* A join of 1,000 tables, left-deep, is 2,000 levels; deeper ones would overflow the stack. */
const MAX_DEPTH = 2500;

/* Expressions are looked at, not kept whole: an IN of 100,000 values is one. */
const MAX_EXPRESSION = 10_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a plan: the text of EXPLAIN (FORMAT JSON), what it parses to, a driver's row of it, or an auto_explain entry.
 *
 * @throws PlanFormatError
 */
export function parsePlan(json: unknown): Plan {
  const fields = statementOf(json);
  const nodes: PlanNode[] = [];
  const root = readNode(fieldsOf(fields.Plan, '"Plan"'), nodes, 0);
  return {
    root,
    nodes,
    isAnalyzed: root.run !== undefined,
    planningMs: numberOf(fields['Planning Time']),
    executionMs: numberOf(fields['Execution Time']),
    triggers: listOf(fields.Triggers).map((trigger) => ({
      name: textOf(trigger['Trigger Name']) ?? textOf(trigger['Constraint Name']) ?? '',
      constraint: textOf(trigger['Constraint Name']),
      relation: textOf(trigger.Relation),
      calls: numberOf(trigger.Calls) ?? 0,
      totalMs: numberOf(trigger.Time),
    })),
    jit: readJit(fields.JIT),
    settings: Object.fromEntries(
      Object.entries(isFields(fields.Settings) ? fields.Settings : {}).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
  };
}

/** The object with the plan, out of what may be around it. */
function statementOf(json: unknown, isColumn = false): Fields {
  let value = json;
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value);
    } catch (error) {
      throw new PlanFormatError(`no JSON: ${describeValue(json)}`, error);
    }
  }
  if (Array.isArray(value)) {
    if (value.length !== 1) throw new PlanFormatError(`${value.length} statements instead of one`);
    value = value[0];
  }
  const fields = fieldsOf(value, 'the whole');
  const column = fields['QUERY PLAN'];
  return column === undefined || isColumn ? fields : statementOf(column, true);
}

/** Puts the node and all below it into `nodes`. */
function readNode(fields: Fields, nodes: PlanNode[], depth: number): PlanNode {
  if (depth > MAX_DEPTH) throw new PlanFormatError(`deeper than ${MAX_DEPTH} levels`);
  if (nodes.length >= MAX_NODES) throw new PlanFormatError(`more than ${MAX_NODES} nodes`);
  const type = textOf(fields['Node Type']);
  if (type === undefined) throw new PlanFormatError('a node without "Node Type"');
  const children: PlanNode[] = [];
  const node: PlanNode = {
    position: nodes.length,
    type,
    relationship: textOf(fields['Parent Relationship']),
    subplan: textOf(fields['Subplan Name']),
    joinType: textOf(fields['Join Type']),
    innerUnique: fields['Inner Unique'] === true,
    strategy: textOf(fields.Strategy),
    partialMode: textOf(fields['Partial Mode']),
    operation: textOf(fields.Operation),
    schema: textOf(fields.Schema),
    relation: textOf(fields['Relation Name']),
    alias: textOf(fields.Alias),
    index: textOf(fields['Index Name']),
    scanDirection: textOf(fields['Scan Direction']),
    cte: textOf(fields['CTE Name']),
    isParallelAware: fields['Parallel Aware'] === true,
    cost: { startup: numberOf(fields['Startup Cost']) ?? 0, total: numberOf(fields['Total Cost']) ?? 0 },
    rows: numberOf(fields['Plan Rows']) ?? 0,
    width: numberOf(fields['Plan Width']) ?? 0,
    run: readRun(fields),
    conditions: readConditions(fields),
    sortKeys: textsOf(fields['Sort Key']),
    groupKeys: textsOf(fields['Group Key']),
    removed: {
      filter: numberOf(fields['Rows Removed by Filter']) ?? 0,
      joinFilter: numberOf(fields['Rows Removed by Join Filter']) ?? 0,
      recheck: numberOf(fields['Rows Removed by Index Recheck']) ?? 0,
    },
    ...readWork(fields),
    heapFetches: numberOf(fields['Heap Fetches']),
    workers: readWorkers(fields),
    buffers: readBuffers(fields),
    children,
  };
  nodes.push(node);
  for (const child of listOf(fields.Plans)) children.push(readNode(child, nodes, depth + 1));
  return node;
}

function readRun(fields: Fields): NodeRun | undefined {
  const loops = numberOf(fields['Actual Loops']);
  if (loops === undefined) return undefined;
  return {
    startupMs: numberOf(fields['Actual Startup Time']),
    totalMs: numberOf(fields['Actual Total Time']),
    rows: numberOf(fields['Actual Rows']) ?? 0,
    loops,
  };
}

/** Sorts, hashes and bitmaps: each worker has its own, and the worst tells. */
function readWork(fields: Fields): Pick<PlanNode, 'sort' | 'hash' | 'aggregation' | 'bitmap'> {
  const processes = [fields, ...listOf(fields.Workers)];
  const most = (name: string): number => Math.max(0, ...processes.map((each) => numberOf(each[name]) ?? 0));
  const has = (name: string): boolean => processes.some((each) => each[name] !== undefined);
  const onDisk = processes.filter((each) => each['Sort Space Type'] === 'Disk');
  const sorted = onDisk.length > 0 ? onDisk : processes;
  return {
    sort: has('Sort Method')
      ? {
          method: sorted.map((each) => textOf(each['Sort Method'])).find(Boolean) ?? '',
          bytes: 1024 * Math.max(0, ...sorted.map((each) => numberOf(each['Sort Space Used']) ?? 0)),
          isOnDisk: onDisk.length > 0,
        }
      : undefined,
    hash: has('Hash Batches')
      ? {
          batches: most('Hash Batches'),
          plannedBatches: most('Original Hash Batches'),
          peakBytes: 1024 * most('Peak Memory Usage'),
        }
      : undefined,
    aggregation: has('HashAgg Batches')
      ? {
          batches: most('HashAgg Batches'),
          diskBytes: 1024 * most('Disk Usage'),
          peakBytes: 1024 * most('Peak Memory Usage'),
        }
      : undefined,
    bitmap: has('Exact Heap Blocks')
      ? { exactPages: most('Exact Heap Blocks'), lossyPages: most('Lossy Heap Blocks') }
      : undefined,
  };
}

function readConditions(fields: Fields): Record<string, string> {
  const conditions: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name !== 'Filter' && !name.endsWith(' Filter') && !name.endsWith(' Cond') && name !== 'Order By')
      continue;
    const text = Array.isArray(value) ? textsOf(value).join(', ') : textOf(value);
    if (text !== undefined) conditions[name] = text.slice(0, MAX_EXPRESSION);
  }
  return conditions;
}

function readWorkers(fields: Fields): PlanNode['workers'] {
  const planned = numberOf(fields['Workers Planned']);
  return planned === undefined ? undefined : { planned, launched: numberOf(fields['Workers Launched']) };
}

function readBuffers(fields: Fields): BufferUse | undefined {
  const sharedHit = numberOf(fields['Shared Hit Blocks']);
  if (sharedHit === undefined) return undefined;
  return {
    sharedHit,
    sharedRead: numberOf(fields['Shared Read Blocks']) ?? 0,
    tempRead: numberOf(fields['Temp Read Blocks']) ?? 0,
    tempWritten: numberOf(fields['Temp Written Blocks']) ?? 0,
  };
}

function readJit(value: unknown): Plan['jit'] {
  if (!isFields(value)) return undefined;
  const timing = isFields(value.Timing) ? value.Timing : {};
  return { functions: numberOf(value.Functions) ?? 0, totalMs: numberOf(timing.Total) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown, what: string): Fields {
  if (isFields(value)) return value;
  throw new PlanFormatError(`${what} is ${describeValue(value)}`);
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
