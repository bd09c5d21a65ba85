import type { IndexDefinition } from '../../catalogue/catalogue.ts';
import { indexId } from '../../indexes/index-definition.ts';
import type { Candidate } from '../candidates/candidate.ts';
import { EMPTY, type IndexSet, setOf } from './index-set.ts';
import { mergedIndexes } from './merge.ts';

/** What an index takes: the price of having it. */
export interface PricedIndex {
  readonly candidate: Candidate;
  /** `schema` and `table` in one. */
  readonly table: string;
  readonly bytes: number;
  /** Planner cost units that keeping it up to date takes over the workload. */
  readonly writeCost: number;
}

/** All indexes that may be chosen, each once, by position. It grows by those that are merged of others. */
export class CandidatePool {
  readonly #price: (index: IndexDefinition) => { bytes: number; writeCost: number };
  readonly #indexes: PricedIndex[] = [];
  readonly #positions = new Map<string, number>();
  readonly #merged = new Map<string, readonly number[]>();

  constructor(price: (index: IndexDefinition) => { bytes: number; writeCost: number }) {
    this.#price = price;
  }

  get indexes(): readonly PricedIndex[] {
    return this.#indexes;
  }

  get all(): IndexSet {
    return setOf(this.#indexes.keys());
  }

  at(position: number): PricedIndex {
    const index = this.#indexes[position];
    if (!index) throw new RangeError(`there is no candidate ${position}`);
    return index;
  }

  positionOf(id: string): number | undefined {
    return this.#positions.get(id);
  }

  /** Its position; where the same index is there already, that one's. */
  add(candidate: Candidate): number {
    const { index } = candidate;
    const id = indexId(index);
    const known = this.#positions.get(id);
    if (known !== undefined) return known;
    const position = this.#indexes.length;
    this.#positions.set(id, position);
    this.#indexes.push({
      candidate,
      table: JSON.stringify([index.schema, index.table]),
      ...this.#price(index),
    });
    return position;
  }

  /** Positions of the indexes that could stand in for two, other than these. */
  merge(first: number, second: number): readonly number[] {
    const key = `${Math.min(first, second)} ${Math.max(first, second)}`;
    const known = this.#merged.get(key);
    if (known) return known;
    const one = this.at(first).candidate;
    const other = this.at(second).candidate;
    const merged = mergedIndexes(one.index, other.index)
      .map((index) => this.add({ index, reason: `${one.reason}; and ${other.reason}` }))
      .filter((position) => position !== first && position !== second);
    this.#merged.set(key, merged);
    return merged;
  }

  bytesOf(positions: readonly number[]): number {
    return positions.reduce((sum, position) => sum + this.at(position).bytes, 0);
  }
}

/** Which queries each candidate can matter to. */
export class Relevance {
  readonly #sets: IndexSet[];

  constructor(sets: readonly IndexSet[]) {
    this.#sets = [...sets];
  }

  of(query: number): IndexSet {
    return this.#sets[query] ?? EMPTY;
  }

  /** What matters to whom two others do. */
  inherit(position: number, from: IndexSet): void {
    for (const [query, set] of this.#sets.entries()) {
      if ((set & from) !== EMPTY) this.#sets[query] = set | setOf([position]);
    }
  }
}
