import { type Clock, type Queryable, systemClock } from '@evenkeel/core';
import { QuantileSketch } from '@evenkeel/core/statistics';
import type { BackgroundJob, JobStatus } from './background-job.ts';

/** Prices and sales, by category. */
export interface Report {
  /** When it was finished, in ms since 1970. */
  readonly at: number;
  readonly products: number;
  readonly orders: number;
  readonly categories: readonly CategoryReport[];
}

interface CategoryReport {
  readonly category: string;
  readonly products: number;
  /** Price that so many percent of the products don't exceed, in cents, within 1 %. */
  readonly priceCents: { readonly p10: number; readonly p50: number; readonly p90: number };
  readonly unitsSold: number;
  readonly revenueCents: number;
}

interface Tally {
  readonly prices: QuantileSketch;
  unitsSold: number;
  revenueCents: number;
}

/* So many rows are read and counted in a few milliseconds. */
const PAGE = 400;

const PRODUCTS = `select id, category, price_cents from evenkeel_demo.products
  where id > $1 order by id limit ${PAGE}`;

const ORDERS = `select orders.id::float8 as id, category, quantity, total_cents::float8 as total_cents
  from evenkeel_demo.orders join evenkeel_demo.products on products.id = product_id
  where orders.id > $1 order by orders.id limit ${PAGE}`;

/** Goes through all products and then all orders, page by page, and begins the next report when one is finished. */
export class ReportBuilder implements BackgroundJob {
  readonly name = 'report builder';
  readonly cpuPriority = 'low';
  readonly memoryFootprint = 'small';
  readonly #database: Queryable;
  readonly #clock: Clock;
  #draft = new Draft();
  #latest: Report | undefined;
  #finished = 0;

  constructor(database: Queryable, clock: Clock = systemClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The last finished one; `undefined` before the first. It outlives `release`. */
  get latest(): Report | undefined {
    return this.#latest;
  }

  async work(): Promise<void> {
    const draft = this.#draft;
    const { phase, lastId } = draft;
    if (phase === 'products') {
      const { rows } = await this.#database.query<ProductRow>(PRODUCTS, [lastId]);
      draft.addProducts(rows);
    } else {
      const { rows } = await this.#database.query<OrderRow>(ORDERS, [lastId]);
      draft.addOrders(rows);
    }
    if (draft.phase !== 'finished') return;
    this.#latest = draft.toReport(this.#clock.now());
    this.#finished += 1;
    this.#draft = new Draft();
  }

  release(): void {
    this.#draft = new Draft();
  }

  status(): JobStatus {
    const { products, orders, estimatedBytes } = this.#draft;
    const progress = `${products + orders} rows into the next`;
    return { produced: `reports: ${this.#finished}, ${progress}`, heldBytes: estimatedBytes };
  }
}

interface ProductRow {
  readonly id: number;
  readonly category: string;
  readonly price_cents: number;
}

interface OrderRow {
  readonly id: number;
  readonly category: string;
  readonly quantity: number;
  readonly total_cents: number;
}

/* A sketch of prices that span seven powers of two. */
const TALLY_BYTES = 4096;

/* A table with a category for each product is not what a report by category is for. */
const MAX_CATEGORIES = 100;

/** A report in the making. */
class Draft {
  phase: 'products' | 'orders' | 'finished' = 'products';
  /** Where the next page begins. */
  lastId = 0;
  products = 0;
  orders = 0;
  readonly #tallies = new Map<string, Tally>();

  get estimatedBytes(): number {
    return this.#tallies.size * TALLY_BYTES;
  }

  addProducts(rows: readonly ProductRow[]): void {
    for (const { category, price_cents } of rows) this.#tally(category).prices.add(price_cents);
    this.products += rows.length;
    this.#turnPage(rows, 'orders');
  }

  addOrders(rows: readonly OrderRow[]): void {
    for (const { category, quantity, total_cents } of rows) {
      const tally = this.#tally(category);
      tally.unitsSold += quantity;
      tally.revenueCents += total_cents;
    }
    this.orders += rows.length;
    this.#turnPage(rows, 'finished');
  }

  toReport(at: number): Report {
    const categories = [...this.#tallies].map(([category, { prices, unitsSold, revenueCents }]) => ({
      category,
      products: prices.count,
      priceCents: {
        p10: Math.round(prices.quantile(0.1)),
        p50: Math.round(prices.quantile(0.5)),
        p90: Math.round(prices.quantile(0.9)),
      },
      unitsSold,
      revenueCents,
    }));
    categories.sort((a, b) => b.revenueCents - a.revenueCents || a.category.localeCompare(b.category));
    return { at, products: this.products, orders: this.orders, categories };
  }

  #tally(category: string): Tally {
    const isRoom = this.#tallies.has(category) || this.#tallies.size < MAX_CATEGORIES;
    const name = isRoom ? category : 'all others';
    let tally = this.#tallies.get(name);
    if (!tally) {
      tally = { prices: new QuantileSketch(), unitsSold: 0, revenueCents: 0 };
      this.#tallies.set(name, tally);
    }
    return tally;
  }

  #turnPage(rows: readonly { readonly id: number }[], next: 'orders' | 'finished'): void {
    const last = rows.at(-1);
    if (last && rows.length === PAGE) {
      this.lastId = last.id;
    } else {
      this.phase = next;
      this.lastId = 0;
    }
  }
}
