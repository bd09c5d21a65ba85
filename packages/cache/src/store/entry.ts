import { hashKey } from '../keys/hash-key.ts';
import { MAX_REUSE, type Resident, WATCHED } from '../policies/policy.ts';
import { BYTES, COLUMNS, TAGS } from './layout.ts';
import type { Table } from './table.ts';

/** What there is to say of an entry that was loaded, is kept when stale, or lives for weeks. Times are in ms. */
export interface Notes {
  /** When it goes stale, since the cache was made; `Infinity`: never. */
  expiresAt: number;
  /** How long it is kept beyond that, for those who take stale values. */
  staleMs: number;
  /** How long before it expires refreshing it may begin; 0: it is not refreshed early. */
  earlyMs: number;
  /** How long its load took. */
  loadMs: number;
  /** When it was last known to be what the second tier or the source has, on the monotonic clock. */
  confirmedAt: number;
}

/** An entry, for all that is off the fast path: what hits and overwriting sets need is in its table. */
export class Entry implements Resident {
  readonly key: string;
  /** The table that holds it, and its place there. */
  readonly table: Table;
  readonly index: number;
  /** What the policy keeps. */
  slot = -1;
  queue = 0;
  /**
   * The count of loads and invalidations when it was stored, or when its load began. Overwriting a valid entry need
   * not change it: no invalidation came between.
   */
  born = 0;
  /** Whether the value is kept in another form than it is read in. */
  encoded = false;
  notes: Notes | undefined = undefined;
  /** The sweeper has come by, and it has not been read since. */
  onProbation = false;
  #hash = 0;

  constructor(key: string, table: Table, index: number) {
    this.key = key;
    this.table = table;
    this.index = index;
  }

  get hash(): number {
    if (this.#hash === 0) this.#hash = hashKey(this.key) || 1;
    return this.#hash;
  }

  /** For the `ttl` strategy, whose entries all have notes unless they never expire. */
  get expiresAt(): number {
    return this.notes?.expiresAt ?? Infinity;
  }

  get bytes(): number {
    return this.table.guards[COLUMNS * this.index + BYTES] as number;
  }

  set bytes(bytes: number) {
    this.table.guards[COLUMNS * this.index + BYTES] = bytes;
  }

  /** The id of its set of tags. */
  get tagSet(): number {
    return this.table.guards[COLUMNS * this.index + TAGS] as number;
  }

  set tagSet(id: number) {
    this.table.guards[COLUMNS * this.index + TAGS] = id;
  }

  get reuse(): number {
    const count = this.table.reuse(this.index);
    return count > MAX_REUSE ? WATCHED : count;
  }

  set reuse(count: number) {
    this.table.setReuse(this.index, count < 0 ? MAX_REUSE + 1 : count);
  }
}
