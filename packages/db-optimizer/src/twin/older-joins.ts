import { nodesOf, type PlanNode } from '../what-if/plan-node.ts';

/** What the planner charges, and the memory it gives a hash table. */
export interface JoinCosts {
  readonly operator: number;
  readonly tuple: number;
  readonly sequentialPage: number;
  readonly hashBytes: number;
  /** What is known of a column of a table that queries name so. */
  readonly keyOf: (table: string, column: string) => HashKey | undefined;
}

/** How the values of a column are spread. */
export interface HashKey {
  readonly rows: number;
  readonly distinct: number;
  /** Share of the most common value. */
  readonly mostCommon: number;
}

type HashJoinNode = PlanNode & { readonly 'Plan Width'?: number; readonly 'Hash Cond'?: string };

/* A hash join could only keep the rows of its outer side before: the other one, large or not, was the hash table. */
const KEEPS_INNER_SINCE: Readonly<Record<string, number>> = { 'Right Anti': 160_000, 'Right Semi': 180_000 };

/** Whether a plan has joins that servers of this version had not. */
export function hasNewerJoins(plan: PlanNode, version: number): boolean {
  return isNewer(plan, version) || (plan.Plans ?? []).some((child) => hasNewerJoins(child, version));
}

/**
 * What a plan costs more where such joins have to hash their other side. Follows `initial_cost_hashjoin` and
 * `final_cost_hashjoin` of costsize.c.
 */
export function costOfOlderJoins(plan: PlanNode, version: number, costs: JoinCosts): number {
  return added(plan, version, costs).total;
}

interface Added {
  readonly startup: number;
  /** Startup included. */
  readonly total: number;
}

function added(node: PlanNode, version: number, costs: JoinCosts): Added {
  const own = isNewer(node, version) ? swapped(node, costs) : { startup: 0, total: 0 };
  let { startup, total } = own;
  for (const child of node.Plans ?? []) {
    const of = added(child, version, costs);
    const loops = loopsOf(child, node);
    startup += TAKES_ALL_FIRST.has(node['Node Type']) ? of.total * loops : of.startup;
    total += of.total * loops;
  }
  if (node['Node Type'] !== 'Limit') return { startup, total };
  const rows = node.Plans?.[0]?.['Plan Rows'] ?? 0;
  return { startup, total: startup + (total - startup) * Math.min(1, node['Plan Rows'] / Math.max(rows, 1)) };
}

/* Nodes that give no row before they have all of their input; an aggregate without groups among them. */
const TAKES_ALL_FIRST: ReadonlySet<string> = new Set(['Sort', 'Hash', 'Aggregate', 'Materialize']);

function loopsOf(child: PlanNode, parent: PlanNode): number {
  if (parent['Node Type'] !== 'Nested Loop' || child['Parent Relationship'] !== 'Inner') return 1;
  if (child['Node Type'] === 'Materialize') return 1;
  return Math.max(1, parent.Plans?.[0]?.['Plan Rows'] ?? 1);
}

function isNewer(node: PlanNode, version: number): boolean {
  return version < (KEEPS_INNER_SINCE[node['Join Type'] ?? ''] ?? 0);
}

/** As if the inner side were probed with, and the outer side hashed. */
function swapped(join: HashJoinNode, costs: JoinCosts): Added {
  const built = join.Plans?.find((child) => child['Parent Relationship'] === 'Outer') as
    | HashJoinNode
    | undefined;
  const hash = join.Plans?.find((child) => child['Parent Relationship'] === 'Inner');
  const probing = hash?.Plans?.[0] as HashJoinNode | undefined;
  if (!built || !probing) return { startup: 0, total: 0 };
  const clauses = clausesOf(join);
  const kept = join['Plan Rows'];
  const rows = probing['Plan Rows'];
  const matched = join['Join Type'] === 'Right Anti' ? Math.max(0, rows - kept) : kept;
  const table = hashTable(join, built, probing, costs);
  const compare = costs.operator * clauses.length;
  const perMatch = rowsCompared(built, clauses, matched / Math.max(rows, 1), table.buckets, costs);
  const startup =
    probing['Startup Cost'] +
    built['Total Cost'] +
    (compare + costs.tuple) * built['Plan Rows'] +
    table.pagesBuilt * costs.sequentialPage;
  const run =
    probing['Total Cost'] -
    probing['Startup Cost'] +
    compare * (rows + matched * perMatch * 0.5 + (rows - matched) * 0.05) +
    costs.tuple * kept +
    (table.pagesBuilt + 2 * table.pagesProbed) * costs.sequentialPage;
  return { startup: startup - join['Startup Cost'], total: startup + run - join['Total Cost'] };
}

/** Rows of a bucket that are looked at before one is found that matches: `estimate_hash_bucket_stats`. */
function rowsCompared(
  built: HashJoinNode,
  clauses: readonly (readonly ColumnName[])[],
  matchedShare: number,
  buckets: number,
  { keyOf }: JoinCosts,
): number {
  const scans = new Map([...nodesOf(built)].map((node) => [node.Alias, node['Relation Name']]));
  const rows = built['Plan Rows'];
  let least = Number.POSITIVE_INFINITY;
  for (const names of clauses) {
    for (const { alias, column } of names) {
      const relation = scans.get(alias);
      const key = relation === undefined ? undefined : keyOf(relation, column);
      if (!key) continue;
      const distinct = Math.max(1, key.distinct * Math.min(1, rows / Math.max(key.rows, 1)));
      const skew = Math.max(1, key.mostCommon * key.distinct);
      const share = Math.min(1, skew / Math.min(distinct, buckets));
      const matches = Math.max(1, rows / key.distinct / Math.max(matchedShare, 1e-6));
      least = Math.min(least, rows * share * (2 / (matches + 1)));
    }
  }
  return Number.isFinite(least) ? Math.max(1, least) : 1;
}

interface ColumnName {
  readonly alias: string;
  readonly column: string;
}

/** The columns that each clause compares: `((a.id = b.a_id) AND …)`. */
function clausesOf({ 'Hash Cond': condition = '' }: HashJoinNode): readonly (readonly ColumnName[])[] {
  return condition.split(' AND ').map((clause) =>
    [...clause.matchAll(/([\w$]+|"[^"]+")\.([\w$]+|"[^"]+")/g)].map(([, alias = '', column = '']) => ({
      alias: alias.replaceAll('"', ''),
      column: column.replaceAll('"', ''),
    })),
  );
}

interface HashTable {
  readonly buckets: number;
  /** Pages that are written and read again where the table does not fit. */
  readonly pagesBuilt: number;
  readonly pagesProbed: number;
}

function hashTable(
  join: HashJoinNode,
  built: HashJoinNode,
  probing: HashJoinNode,
  { hashBytes }: JoinCosts,
): HashTable {
  // Workers that build one table together have the memory of all of them; each has about half of the rows.
  const share = join['Parallel Aware'] ? PARALLEL_WORKERS : 1;
  const rows = built['Plan Rows'] * share;
  const buckets = 2 ** Math.max(10, Math.ceil(Math.log2(Math.max(rows, 1))));
  const bytes = rows * (HASH_OVERHEAD + widthOf(built)) + buckets * POINTER;
  if (bytes <= hashBytes * share) return { buckets, pagesBuilt: 0, pagesProbed: 0 };
  const pages = (node: HashJoinNode): number =>
    Math.ceil((node['Plan Rows'] * (TUPLE_HEADER + widthOf(node))) / PAGE_SIZE);
  return { buckets, pagesBuilt: pages(built), pagesProbed: pages(probing) };
}

/* What most parallel joins are planned with, the leader among them. */
const PARALLEL_WORKERS = 2.4;
const POINTER = 8;

/* costsize.c, hashjoin.h. In a hash table a tuple has a link and a header of 16 bytes each. */
const PAGE_SIZE = 8192;
const TUPLE_HEADER = 24;
const HASH_OVERHEAD = 32;

function widthOf({ 'Plan Width': width = 0 }: HashJoinNode): number {
  return Math.ceil(width / 8) * 8;
}
