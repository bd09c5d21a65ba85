import type { Catalogue } from '../catalogue/catalogue.ts';
import type { IndexSizes } from '../indexes/index-size.ts';
import type { HypotheticalIndex } from './hypothetical-indexes.ts';
import { IndexScanCost, type ScanCost } from './index-scan-cost.ts';
import { nodesOf, type PlanNode } from './plan-node.ts';

/** Finds the hypothetical index behind a name in a plan. */
type FindIndex = (name: string) => HypotheticalIndex | undefined;

/** Where in a plan a node is. */
interface Place {
  /** The outer sides of the nested loops it is on the inner side of, the nearest first. */
  readonly outers: readonly PlanNode[];
  /** Processes that share it where it is parallel. */
  readonly workers: number;
}

/* What has to be added to a node's costs, startup included in the total. */
const NOTHING: ScanCost = { startup: 0, total: 0 };

/**
 * Corrects the cost of a plan for what HypoPG has wrong of b-trees: that they have no height, so that descending them
 * costs next to nothing, and pages for every equal key (it knows of no deduplication). What a scan costs more or less
 * is carried up the plan as the planner does it, in the joins of costsize.c above all.
 */
export class CostCorrection {
  readonly #catalogue: Catalogue;
  readonly #sizes: IndexSizes;
  readonly #scans: IndexScanCost;
  readonly #tupleCost: number;
  readonly #blockSize: number;

  constructor(catalogue: Catalogue, sizes: IndexSizes) {
    this.#catalogue = catalogue;
    this.#sizes = sizes;
    this.#scans = new IndexScanCost(catalogue);
    this.#tupleCost = Number(catalogue.settings.get('cpu_tuple_cost') ?? 0.01);
    this.#blockSize = Number(catalogue.settings.get('block_size') ?? 8192);
  }

  /** The plan's total cost as it would be if its hypothetical indexes were real. */
  correct(plan: PlanNode, find: FindIndex): number {
    const { total } = this.#delta(plan, find, { outers: [], workers: 1 });
    return Math.max(0, plan['Total Cost'] + total);
  }

  #delta(node: PlanNode, find: FindIndex, place: Place): ScanCost {
    const own = this.#scanDelta(node, find, place);
    const children = node.Plans ?? [];
    if (children.length === 0) return own;
    if (node['Node Type'] === 'Nested Loop') return this.#nestedLoopDelta(node, find, place);
    const below = { ...place, workers: workersBelow(node) ?? place.workers };
    let { startup, total } = own;
    const share = node['Node Type'] === 'Merge Join' ? shareOfMerge(node) : 1;
    for (const child of children) {
      const delta = this.#delta(child, find, below);
      const times = timesRun(child, node) * share;
      startup += (isRunAtStart(node, child) ? delta.total : delta.startup) * times;
      total += delta.total * times;
    }
    return node['Node Type'] === 'Limit' ? ofLimit(node, { startup, total }) : { startup, total };
  }

  #nestedLoopDelta(node: PlanNode, find: FindIndex, place: Place): ScanCost {
    const outer = node.Plans?.find((child) => child['Parent Relationship'] === 'Outer');
    const inner = node.Plans?.find((child) => child['Parent Relationship'] === 'Inner');
    if (!outer || !inner) return NOTHING;
    const ofOuter = this.#delta(outer, find, place);
    const rows = Math.max(1, outer['Plan Rows']);
    const ofInner = this.#delta(inner, find, { ...place, outers: [outer, ...place.outers] });
    const startup = ofOuter.startup + ofInner.startup;
    let total = ofOuter.total;
    if (inner['Node Type'] === 'Materialize') total += ofInner.total;
    else {
      // Each outer row descends; how much of the rest is run shows in what the planner charged for it.
      total += ofInner.startup * rows;
      total += (ofInner.total - ofInner.startup) * this.#runsOfInner(node, outer, inner);
    }
    for (const other of node.Plans ?? []) {
      if (other === outer || other === inner) continue;
      total += this.#delta(other, find, place).total * timesRun(other, node);
    }
    return { startup, total };
  }

  /** How many whole runs of the inner side a nested loop is charged: fewer than outer rows where one match is enough. */
  #runsOfInner(join: PlanNode, outer: PlanNode, inner: PlanNode): number {
    const rows = Math.max(1, outer['Plan Rows']);
    const run = inner['Total Cost'] - inner['Startup Cost'];
    if (run <= 0) return rows;
    const charged =
      join['Total Cost'] -
      outer['Total Cost'] -
      inner['Startup Cost'] * rows -
      this.#tupleCost * rows * Math.max(1, inner['Plan Rows']);
    return Math.min(rows, Math.max(0, charged / run));
  }

  #scanDelta(node: PlanNode, find: FindIndex, { outers, workers }: Place): ScanCost {
    const name = node['Index Name'];
    const found = name === undefined ? undefined : find(name);
    if (found?.index.method !== 'btree') return NOTHING;
    const real = this.#sizes.of(found.index);
    const thought = { pages: found.bytes / this.#blockSize, height: -1, tuples: real.tuples };
    const sharing = node['Parallel Aware'] ? workers : 1;
    const loops = this.#loops(node, outers);
    const entries = this.#scans.entries(node, found.index, thought, loops, sharing);
    const before = this.#scans.ofIndex(node, entries, thought, loops);
    const after = this.#scans.ofIndex(node, entries, real, loops);
    const total = Math.max(after.total - before.total, -node['Total Cost']);
    return { startup: after.startup - before.startup, total };
  }

  /**
   * How often a scan is taken to run, when pages are counted that stay in memory: as often as the tables whose values
   * it looks up have rows, the smallest of them, whatever the joins between leave (`get_loop_count` of indxpath.c).
   */
  #loops(node: PlanNode, outers: readonly PlanNode[]): number {
    const aliases = aliasesIn(node['Index Cond']);
    if (outers.length === 0 || aliases.size === 0) return 1;
    const counts: number[] = [];
    for (const outer of outers) {
      for (const scan of nodesOf(outer)) {
        if (scan.Alias === undefined || !aliases.delete(scan.Alias)) continue;
        counts.push(aliasesIn(scan['Index Cond']).size === 0 ? scan['Plan Rows'] : this.#rows(scan));
      }
    }
    return counts.length === 0 ? 1 : Math.max(1, Math.min(...counts));
  }

  /** Rows of a table after its own conditions, where the plan shows only those of one look-up. */
  #rows(scan: PlanNode): number {
    const rows = this.#catalogue.find(scan['Relation Name'] ?? '', scan.Schema)?.rows ?? scan['Plan Rows'];
    return scan.Filter === undefined ? rows : rows * FILTERED;
  }
}

/* As the planner takes a comparison it knows nothing of. */
const FILTERED = 1 / 3;

/** What a condition names before a point: other tables of the query. */
function aliasesIn(condition = ''): Set<string> {
  const names = condition
    .replaceAll(/'(?:[^']|'')*'/g, '')
    .matchAll(/(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\./gu);
  return new Set([...names].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''));
}

/* get_parallel_divisor of costsize.c: the leader helps, the less the more workers it has to serve. */
const LEADER_BUSY = 0.3;

function workersBelow(node: PlanNode): number | undefined {
  const planned = node['Workers Planned'];
  return planned === undefined ? undefined : planned + Math.max(0, 1 - LEADER_BUSY * planned);
}

/** A sort, a hash table or an aggregation has taken in its input before it gives the first row. */
function isRunAtStart(node: PlanNode, child: PlanNode): boolean {
  switch (node['Node Type']) {
    case 'Sort':
    case 'Hash':
    case 'Bitmap Heap Scan':
    case 'BitmapAnd':
    case 'BitmapOr':
      return true;
    case 'Aggregate':
      return node['Startup Cost'] >= child['Total Cost'];
    case 'Hash Join':
      return child['Parent Relationship'] === 'Inner';
    default:
      return false;
  }
}

/** A merge may end before its inputs do, and is charged for as much of them. */
function shareOfMerge(node: PlanNode): number {
  const inputs = (node.Plans ?? []).reduce((sum, child) => sum + child['Total Cost'], 0);
  return inputs <= 0 ? 1 : Math.min(1, node['Total Cost'] / inputs);
}

/** How often a child is run for each run of its parent. A correlated subquery is: for each row of what it filters. */
function timesRun(child: PlanNode, parent: PlanNode): number {
  if (child['Parent Relationship'] !== 'SubPlan' || child['Total Cost'] <= 0) return 1;
  // Its parent was charged for it, and for little else that is not in other children.
  const others = (parent.Plans ?? [])
    .filter((each) => each !== child)
    .reduce((sum, each) => sum + each['Total Cost'], 0);
  return Math.max(1, (parent['Total Cost'] - others) / child['Total Cost']);
}

/** A limit stops its child early, and is charged for the share of rows that it takes. */
function ofLimit(node: PlanNode, { startup, total }: ScanCost): ScanCost {
  const rows = node.Plans?.[0]?.['Plan Rows'] ?? 0;
  const share = rows <= 0 ? 1 : Math.min(1, node['Plan Rows'] / rows);
  return { startup, total: startup + (total - startup) * share };
}
