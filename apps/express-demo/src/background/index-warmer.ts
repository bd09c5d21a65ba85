import type { Queryable } from '@evenkeel/core';
import type { BackgroundJob, JobStatus } from './background-job.ts';
import { SearchIndex, type Suggestion } from './search-index.ts';

/* So many rows are read and indexed in a few milliseconds. */
const PAGE = 250;

const PRODUCTS = `select id, name, rating from evenkeel_demo.products where id > $1 order by id limit ${PAGE}`;

/** Builds an index of the products from the database, page by page, and then the next, which takes its place. */
export class IndexWarmer implements BackgroundJob {
  readonly name = 'index warmer';
  readonly cpuPriority = 'medium';
  readonly memoryFootprint = 'medium';
  readonly #database: Queryable;
  #warm: SearchIndex | undefined;
  #next = new SearchIndex();
  /** Where the next page begins. */
  #lastId = 0;
  #finished = 0;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** `undefined` until the first is built, and after `release`. */
  get index(): SearchIndex | undefined {
    return this.#warm;
  }

  async work(): Promise<void> {
    const { rows } = await this.#database.query<Suggestion>(PRODUCTS, [this.#lastId]);
    for (const product of rows) this.#next.add(product);
    const last = rows.at(-1);
    if (last && rows.length === PAGE) {
      this.#lastId = last.id;
      return;
    }
    this.#warm = this.#next;
    this.#finished += 1;
    this.#beginNext();
  }

  /** Suggestions are a convenience: under memory pressure the search does without. */
  release(): void {
    this.#warm = undefined;
    this.#beginNext();
  }

  status(): JobStatus {
    const warm = this.#warm
      ? `${this.#warm.prefixes} beginnings of words${this.#warm.isFull ? ', and no room for more' : ''}`
      : 'cold at present';
    return {
      produced: `indexes: ${this.#finished}, ${warm}`,
      heldBytes: (this.#warm?.estimatedBytes ?? 0) + this.#next.estimatedBytes,
    };
  }

  #beginNext(): void {
    this.#next = new SearchIndex();
    this.#lastId = 0;
  }
}
