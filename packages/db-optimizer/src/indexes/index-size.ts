import type { Catalogue, IndexDefinition, Table } from '../catalogue/catalogue.ts';
import { bTreeSize } from './b-tree-size.ts';
import { indexId } from './index-definition.ts';
import { keysOf } from './key-statistics.ts';
import { otherSize } from './other-size.ts';
import { shareOf } from './predicate-share.ts';

/** What an index is expected to take, right after it was built. */
export interface IndexSize {
  readonly pages: number;
  readonly bytes: number;
  /** Entries, before equal ones share a tuple. */
  readonly tuples: number;
  /** Levels above the leaves of a b-tree (`pg_index`'s root is at this level); 0 for other methods. */
  readonly height: number;
}

/** Sizes of indexes that may not be there, from the statistics of their tables. */
export class IndexSizes {
  readonly #catalogue: Catalogue;
  readonly #blockSize: number;
  readonly #known = new Map<string, IndexSize>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
    this.#blockSize = Number(catalogue.settings.get('block_size') ?? 8192);
  }

  /** A table that is not in the catalogue, or was never counted, gives the size of an empty index. */
  of(index: IndexDefinition): IndexSize {
    const id = indexId(index);
    const known = this.#known.get(id);
    if (known) return known;
    const size = this.#estimate(index);
    this.#known.set(id, size);
    return size;
  }

  #estimate(index: IndexDefinition): IndexSize {
    const table = this.#catalogue.find(index.table, index.schema);
    const share = table === undefined ? 0 : shareOf(index.where, table);
    const tuples = Math.round((table?.rows ?? 0) * share);
    const { pages, height } = this.#pages(index, table, tuples);
    return { pages, bytes: pages * this.#blockSize, tuples, height };
  }

  #pages(
    index: IndexDefinition,
    table: Table | undefined,
    tuples: number,
  ): { pages: number; height: number } {
    if (table === undefined || tuples === 0) return { pages: 1, height: 0 };
    const keys = keysOf(index, table, this.#catalogue);
    if (index.method === 'btree') return bTreeSize({ ...keys, tuples, blockSize: this.#blockSize });
    return {
      pages: otherSize(index.method, { ...keys, tuples, table, blockSize: this.#blockSize }),
      height: 0,
    };
  }
}
