import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import type { PlanNode } from './plan-node.ts';

/** An index as the planner sees it. */
interface IndexShape {
  readonly pages: number;
  /** Levels above the leaves; -1 where HypoPG says nothing of them. */
  readonly height: number;
  readonly tuples: number;
}

/** What one run of a scan costs. */
export interface ScanCost {
  readonly startup: number;
  readonly total: number;
}

/* selfuncs.c: DEFAULT_PAGE_CPU_MULTIPLIER, the operators' worth of work that visiting an index page is. */
const PAGE_OPERATORS = 50;

/* Of an index of several columns, the planner trusts the first one's order less (btcostestimate). */
const SEVERAL_COLUMNS = 0.75;

/**
 * What the planner takes a scan of a b-tree to cost, by `btcostestimate` and `genericcostestimate` of selfuncs.c and
 * `cost_index` of costsize.c. It can be turned round: how many entries a scan of known cost was taken to read.
 */
export class IndexScanCost {
  readonly #catalogue: Catalogue;
  readonly #sequentialPage: number;
  readonly #randomPage: number;
  readonly #tuple: number;
  readonly #indexTuple: number;
  readonly #operator: number;
  readonly #cachePages: number;

  constructor(catalogue: Catalogue) {
    const setting = (name: string, value: number): number => Number(catalogue.settings.get(name) ?? value);
    this.#catalogue = catalogue;
    this.#sequentialPage = setting('seq_page_cost', 1);
    this.#randomPage = setting('random_page_cost', 4);
    this.#tuple = setting('cpu_tuple_cost', 0.01);
    this.#indexTuple = setting('cpu_index_tuple_cost', 0.005);
    this.#operator = setting('cpu_operator_cost', 0.0025);
    this.#cachePages = Math.max(1, setting('effective_cache_size', 524_288));
  }

  /** The part that depends on the index's size and height: descending it, and reading its pages. */
  ofIndex(node: PlanNode, entries: number, index: IndexShape, loops: number): ScanCost {
    const descents = descentsOf(node);
    const startup = (index.height + 1) * PAGE_OPERATORS * this.#operator * descents;
    const pages = index.pages > 1 && index.tuples > 1 ? Math.ceil((entries * index.pages) / index.tuples) : 1;
    const total = startup + this.#pagesEach(pages, index.pages, index.pages, loops) * this.#randomPage;
    // A bitmap is ready only when its scan has ended, but EXPLAIN gives the scan no startup cost.
    return { startup: node['Node Type'] === 'Bitmap Index Scan' ? 0 : startup, total };
  }

  /**
   * Entries that one run of a scan was taken to read. A filter throws some away that the plan then does not show: they
   * are sought in what the scan costs.
   *
   * @param workers processes that share the scan
   */
  entries(
    node: PlanNode,
    definition: IndexDefinition,
    index: IndexShape,
    loops: number,
    workers: number,
  ): number {
    if (node['Index Cond'] === undefined) return index.tuples;
    const rows = Math.min(node['Plan Rows'] * workers, index.tuples);
    const table = this.#catalogue.find(definition.table, definition.schema);
    if (node.Filter === undefined || !table?.rows) return rows;
    const cost = (entries: number): number =>
      this.#whole(node, definition, table, { entries, index, loops, workers });
    let low = rows;
    let high = index.tuples;
    if (cost(low) >= node['Total Cost']) return low;
    // The cost rises with the entries: halved as often as doubles have bits, the interval is a point.
    for (let i = 0; i < 53 && high - low > 0.5; i++) {
      const middle = (low + high) / 2;
      if (cost(middle) < node['Total Cost']) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  #whole(
    node: PlanNode,
    definition: IndexDefinition,
    table: Table,
    scan: { entries: number; index: IndexShape; loops: number; workers: number },
  ): number {
    const { entries, index, loops, workers } = scan;
    const ofIndex = this.ofIndex(node, entries, index, loops).total;
    const perEntry = this.#indexTuple + this.#operator * clausesOf(node['Index Cond']);
    const perRow = this.#tuple + this.#operator * clausesOf(node.Filter);
    // Processes share the work on rows, and not the reading.
    const work = entries * perEntry + (entries * perRow) / workers;
    return ofIndex + work + this.#heapPages(node, definition, table, scan);
  }

  /** Reading the rows' pages: between all at random and one after another, as the first column is in order. */
  #heapPages(
    node: PlanNode,
    { keys }: IndexDefinition,
    table: Table,
    { entries, index, loops }: { entries: number; index: IndexShape; loops: number },
  ): number {
    const hidden = node['Node Type'] === 'Index Only Scan' ? 1 - (table.visibleShare ?? 1) : 1;
    const [first] = keys;
    const column =
      first?.kind === 'column' ? table.columns.find(({ name }) => name === first.sql) : undefined;
    const correlation = (column?.statistics?.correlation ?? 0) * (keys.length > 1 ? SEVERAL_COLUMNS : 1);
    const scattered = this.#pagesEach(entries, table.pages, index.pages, loops) * hidden * this.#randomPage;
    const share = entries / (table.rows ?? 1);
    const together = Math.ceil(share * table.pages);
    const ordered =
      loops > 1
        ? this.#pagesEach(together, table.pages, index.pages, loops) * hidden * this.#randomPage
        : together <= 0 || hidden === 0
          ? 0
          : this.#randomPage + (Math.ceil(together * hidden) - 1) * this.#sequentialPage;
    return scattered + correlation ** 2 * (ordered - scattered);
  }

  /** Pages that one of several runs reads, some of them being in memory still (`index_pages_fetched`). */
  #pagesEach(asked: number, pages: number, indexPages: number, loops: number): number {
    if (pages === indexPages && loops <= 1) return asked;
    const all = Math.max(pages, 1);
    const number = asked * loops;
    const cached = Math.max(1, (this.#cachePages * all) / Math.max(1, all + indexPages));
    const read = (2 * all * number) / (2 * all + number);
    if (all <= cached) return Math.ceil(Math.min(read, all)) / loops;
    const limit = (2 * all * cached) / (2 * all - cached);
    const fetched = number <= limit ? read : cached + ((number - limit) * (all - cached)) / all;
    return Math.ceil(fetched) / loops;
  }
}

/** A list of values is looked up one by one. */
function descentsOf({ 'Index Cond': condition = '' }: PlanNode): number {
  let descents = 1;
  for (const [, list = ''] of condition.matchAll(/= ANY \('\{(.*?)\}'/gs)) descents *= list.split(',').length;
  return descents;
}

/** Comparisons in a condition, each an operator's worth of work. */
function clausesOf(condition: string | undefined): number {
  return condition === undefined ? 0 : condition.split(/ (?:AND|OR) /).length;
}
