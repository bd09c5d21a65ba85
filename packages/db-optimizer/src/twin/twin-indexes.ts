import type { IndexDefinition } from '../catalogue/catalogue.ts';
import { createIndexSql, indexId } from '../indexes/index-definition.ts';
import type { IndexShape, Twin, TwinIndex } from './build/twin.ts';

/** Which indexes the planner of the twin is to see. */
export interface Visibility {
  /** Of those that were made. */
  readonly shown: ReadonlySet<TwinIndex>;
  /** Of those that the source has. */
  readonly hidden: ReadonlySet<TwinIndex>;
}

/* Each takes two small files and a place in the planner's list of its table's indexes. */
const MAX_INDEXES = 2000;

/** Indexes made in a twin besides those of the source: kept, and shown to the planner when they are asked for. */
export class TwinIndexes {
  readonly #twin: Twin;
  /** By what they are, the least recently used first. */
  readonly #made = new Map<string, TwinIndex>();
  #shown: ReadonlySet<TwinIndex> = new Set();
  #hidden: ReadonlySet<TwinIndex> = new Set();

  constructor(twin: Twin) {
    this.#twin = twin;
  }

  /** An index that is made when it is first asked for. */
  async get(index: IndexDefinition, shape: (part: IndexPart) => IndexShape): Promise<TwinIndex> {
    return await this.#getOrMake(indexId(index), () =>
      this.#twin.createIndex(index, (name) => createIndexSql(index, { name }), shape),
    );
  }

  /** An index that no plan will use, but which tells the planner that these keys are unique. */
  async getWitness(index: IndexDefinition): Promise<TwinIndex> {
    const unique = (name: string): string =>
      createIndexSql(index, { name }).replace(/^create index/, 'create unique index');
    return await this.#getOrMake(`unique ${indexId(index)}`, () => this.#twin.createWitness(index, unique));
  }

  /** Makes the planner see exactly this, with as few changes as it takes. */
  async show({ shown, hidden }: Visibility): Promise<void> {
    const off = [...difference(this.#shown, shown), ...difference(hidden, this.#hidden)];
    const on = [...difference(shown, this.#shown), ...difference(this.#hidden, hidden)];
    await this.#twin.setVisible(off, on);
    this.#shown = shown;
    this.#hidden = hidden;
    await this.#dropOldest();
  }

  async #getOrMake(key: string, make: () => Promise<TwinIndex>): Promise<TwinIndex> {
    const known = this.#made.get(key);
    // Put last, as the one that was used most recently.
    this.#made.delete(key);
    const index = known ?? (await make());
    this.#made.set(key, index);
    return index;
  }

  async #dropOldest(): Promise<void> {
    for (const [key, index] of this.#made) {
      if (this.#made.size <= MAX_INDEXES) return;
      if (this.#shown.has(index)) continue;
      this.#made.delete(key);
      await this.#twin.dropIndex(index);
    }
  }
}

/** A table that has its own part of an index: the table of the index, or a partition of it. */
export interface IndexPart {
  readonly schema: string;
  readonly table: string;
}

function difference(a: ReadonlySet<TwinIndex>, b: ReadonlySet<TwinIndex>): TwinIndex[] {
  return [...a].filter((each) => !b.has(each));
}
