import { Entry } from './entry.ts';
import { BYTES, COLUMNS, FLAGS_MASK, MARK_SHIFT, NO_MARK, REUSE_MASK, TAGS, TICK, WORD } from './layout.ts';

const INITIAL_SLOTS = 16;

/**
 * Keys, values and guards, each in an array of its own. All that a hit looks at are the guard and the value, and
 * that is all a set that overwrites looks at, too: with an object per entry each would take a memory access
 * more, which at 100,000 entries is half of what a hit costs.
 *
 * A guard says until which tick the entry may be returned, and holds the cache's mark at the time when it was last
 * found valid, the count of its hits, whether its {@link Entry} has more to say, its bytes and its tags.
 */
export class Table {
  readonly slots = new Map<string, number>();
  readonly values: unknown[] = [];
  readonly entries: (Entry | undefined)[] = [];
  /** Promises of the values, of those that were asked for. */
  readonly promises: (Promise<unknown> | undefined)[] = [];
  guards = new Int32Array(COLUMNS * INITIAL_SLOTS);
  readonly #free: number[] = [];

  /** Puts a key in that is not there. */
  insert(key: string, value: unknown): Entry {
    const index = this.#free.pop() ?? this.entries.length;
    if (COLUMNS * index === this.guards.length) this.#grow();
    const entry = new Entry(key, this, index);
    this.slots.set(key, index);
    this.replace(index, value);
    this.entries[index] = entry;
    this.guards[COLUMNS * index + WORD] = NO_MARK << MARK_SHIFT;
    this.guards[COLUMNS * index + BYTES] = 0;
    this.guards[COLUMNS * index + TAGS] = 0;
    return entry;
  }

  entry(key: string): Entry | undefined {
    const index = this.slots.get(key);
    return index === undefined ? undefined : this.entries[index];
  }

  replace(index: number, value: unknown): void {
    this.values[index] = value;
    if (index < this.promises.length) this.promises[index] = undefined;
  }

  /** A promise of the value, which is kept until the value is replaced. */
  promise(index: number): Promise<unknown> {
    // Without holes, so that reading it is as fast as reading values.
    while (this.promises.length <= index) this.promises.push(undefined);
    const promise = Promise.resolve(this.values[index]);
    this.promises[index] = promise;
    return promise;
  }

  delete(entry: Entry): void {
    const { index } = entry;
    this.slots.delete(entry.key);
    this.replace(index, undefined);
    this.entries[index] = undefined;
    this.#free.push(index);
  }

  clear(): void {
    this.slots.clear();
    this.values.length = 0;
    this.promises.length = 0;
    this.entries.length = 0;
    this.#free.length = 0;
    this.guards = new Int32Array(COLUMNS * INITIAL_SLOTS);
  }

  /** Lets fast reads return the entry until `tick`, as long as the cache's mark is `mark`. */
  open(index: number, tick: number, mark: number, flags: number): void {
    this.guards[COLUMNS * index + TICK] = tick;
    this.guards[COLUMNS * index + WORD] = (mark << MARK_SHIFT) | flags | this.reuse(index);
  }

  /** Keeps fast reads from returning the entry, which has the same expiry still. */
  close(index: number, tick: number, flags: number): void {
    this.open(index, tick, NO_MARK, flags);
  }

  tick(index: number): number {
    return this.guards[COLUMNS * index + TICK] as number;
  }

  /** The mark when it was last found valid; no mark at all if it is closed. */
  mark(index: number): number {
    return (this.guards[COLUMNS * index + WORD] as number) >> MARK_SHIFT;
  }

  flags(index: number): number {
    return (this.guards[COLUMNS * index + WORD] as number) & FLAGS_MASK;
  }

  reuse(index: number): number {
    return (this.guards[COLUMNS * index + WORD] as number) & REUSE_MASK;
  }

  setReuse(index: number, reuse: number): void {
    const word = this.guards[COLUMNS * index + WORD] as number;
    this.guards[COLUMNS * index + WORD] = (word & ~REUSE_MASK) | reuse;
  }

  #grow(): void {
    const guards = new Int32Array(2 * this.guards.length);
    guards.set(this.guards);
    this.guards = guards;
  }
}
