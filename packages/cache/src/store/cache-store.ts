import type { Clock, Disposer } from '@evenkeel/core';
import type { CacheSettings, SizeOf } from '../cache-options.ts';
import { CacheStatistics, type CacheStats, type RemovalReason } from '../cache-statistics.ts';
import { type HotKey, HotKeys } from '../hot-keys.ts';
import { Invalidations } from '../invalidation/invalidations.ts';
import { createPolicy, type EvictionPolicy, MAX_REUSE, WATCHED } from '../policies/index.ts';
import {
  type Fence,
  readKey,
  readSize,
  readStaleTime,
  readTags,
  readTtl,
  type SetOptions,
} from '../set-options.ts';
import { Compressor } from '../values/compression.ts';
import { estimateBytes } from '../values/estimate-bytes.ts';
import { jsonSerializer } from '../values/serializer.ts';
import { createValueMode, type ValueKeeper } from '../values/value-modes.ts';
import { ColdPacker, Packed } from './cold-packer.ts';
import type { Entry, Notes } from './entry.ts';
import {
  ABSENT,
  BYTES,
  CLOCK_UNREAD,
  CLOSED,
  COLUMNS,
  ENTRY_BYTES,
  MARK_SHIFT,
  MAX_BYTES,
  MAX_MARK,
  MAX_TICKS,
  NO_TAGS,
  NOTED,
  REUSE_MASK,
  TAGS,
  TICK,
  TIMELESS,
  WORD,
} from './layout.ts';
import { Sweeper } from './sweeper.ts';
import type { Table } from './table.ts';
import { createTables, tableIndex } from './tables.ts';

/* The clock is read once in so many ms, as long as the event loop runs: it costs as much as a hit. */
const CLOCK_RESOLUTION_MS = 1;

const NO_FENCE = Infinity;

/* More times to live than these are not needed for what was stored together to expire apart. */
const SHARES = 1024;

/** What a cache manager says of an entry that it has loaded. */
export interface LoadedEntry {
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly earlyMs: number;
  readonly loadMs: number;
  readonly confirmedAt: number;
  readonly tags: readonly string[] | undefined;
  /** Absent for what a user sets. */
  readonly fence?: Fence;
}

/**
 * The entries of a cache, and all that is done to them: what {@link Cache} and the manager have in common. Times are in
 * ms since the store was made; the clock is read once a millisecond.
 */
export class CacheStore<Value> {
  // What every hit reads comes first.
  readonly #table: Table;
  readonly #mask: number;
  #pass = CLOCK_UNREAD;
  #tick = 0;
  /** Hits until the next sample; one field that a hit changes instead of a count and a comparison. */
  #untilSample: number;
  // And what overwriting sets read.
  readonly #overwrites: boolean;
  readonly #countsBytes: boolean;
  /* What jitter leaves of a time to live, drawn beforehand: drawing each takes as long as the rest of a set. */
  readonly #shares: Float64Array;
  #draw = 0;
  #sets = 0;
  #openFences = 0;
  /** Whether a pass of the sweeper is under way or planned. */
  #isSwept = false;
  #now = 0;
  #bytes = 0;
  #maxBytes: number;
  #maxEntryBytes: number;

  readonly #tables: readonly Table[];
  readonly #policy: EvictionPolicy<Entry>;
  readonly #ordersByExpiry: boolean;
  readonly #clock: Clock;
  readonly #origin: number;
  readonly #sweeper: Sweeper;
  readonly #statistics = new CacheStatistics();
  readonly #hotKeys: HotKeys;
  readonly #invalidations = new Invalidations();
  readonly #mode: ValueKeeper<Value>;
  readonly #sizeOf: SizeOf<Value> | undefined;
  readonly #packer: ColdPacker | undefined;
  /** Whether storing a value runs code of the user's, which may use the cache. */
  readonly #callsUsers: boolean;
  readonly #defaultTtl: number;
  #maxSize: number;
  #size = 0;
  /* The mark that guards carry since the last invalidation. */
  #mark = 0;
  /* Hits between the last sample and the next, and hits up to the last. */
  #gap: number;
  #hitsSampled = 0;
  #cancelClock: Disposer | undefined;

  constructor(read: CacheSettings) {
    this.#tables = createTables(read.maxSize);
    this.#table = this.#tables[0] as Table;
    this.#mask = this.#tables.length - 1;
    this.#policy = createPolicy<Entry>(read.strategy);
    this.#ordersByExpiry = read.strategy === 'ttl';
    this.#clock = read.clock;
    this.#origin = read.clock.monotonic();
    this.#mode = createValueMode<Value>(read.valueMode);
    this.#sizeOf = read.sizeOf;
    this.#countsBytes =
      read.maxEntryBytes !== Infinity || read.sizeOf !== undefined || read.enableCompression;
    this.#callsUsers = read.sizeOf !== undefined || read.valueMode !== 'reference';
    this.#defaultTtl = read.defaultTtl;
    this.#shares = Float64Array.from({ length: SHARES }, () => 1 - read.ttlJitter * read.random());
    this.#overwrites = read.valueMode === 'reference' && read.strategy !== 'ttl';
    this.#maxSize = read.maxSize;
    this.#maxBytes = read.maxBytes;
    this.#maxEntryBytes = read.maxEntryBytes;
    const compressor = read.enableCompression ? new Compressor({ threshold: 1 }) : undefined;
    if (compressor?.isSynchronous) {
      this.#packer = new ColdPacker({
        serializer: jsonSerializer,
        compressor,
        clock: read.clock,
        threshold: read.compressionThreshold,
        pack: (entry, packed) => this.#pack(entry, packed),
      });
    }
    this.#hotKeys = new HotKeys(read.random);
    this.#gap = this.#hotKeys.gap();
    this.#untilSample = this.#gap;
    this.#sweeper = new Sweeper({
      clock: read.clock,
      tables: this.#tables,
      visit: (entry) => this.#visit(entry),
      begin: () => this.#invalidations.sequence,
      done: (begun) => this.#swept(begun),
      idle: () => {
        this.#isSwept = false;
      },
    });
  }

  get(key: string): Value | undefined {
    if (this.#mask === 0) {
      // What `#hit` does, written out: a call, and the choice of a table, would cost a tenth of a hit.
      const table = this.#table;
      const index = table.slots.get(key);
      if (index !== undefined) {
        const { guards } = table;
        const at = COLUMNS * index;
        const word = guards[at + WORD] as number;
        if (word >> MARK_SHIFT === this.#pass && (((guards[at + TICK] as number) - this.#tick) | 0) > 0) {
          if (--this.#untilSample === 0) this.#sample(key);
          if ((word & REUSE_MASK) !== MAX_REUSE) this.#used(table, index, word);
          return table.values[index] as Value;
        }
      }
    }
    return this.#getFrom(this.#tableOf(key), key);
  }

  set(key: string, value: Value, options?: SetOptions): boolean {
    let ttlMs = this.#defaultTtl;
    let staleMs = 0;
    let fence = NO_FENCE;
    let tags: readonly string[] | undefined;
    if (options !== undefined) {
      const { ttl, keepStale } = options;
      if (ttl !== undefined) ttlMs = typeof ttl === 'number' && ttl > 0 ? ttl : readTtl('ttl', ttl);
      if (keepStale !== undefined) staleMs = readStaleTime('keepStale', keepStale);
      ({ tags, fence = NO_FENCE } = options);
      // A single tag may come as a string, which is not to pass for a list of letters.
      if (tags !== undefined && !Array.isArray(tags)) tags = readTags(tags);
    }
    const table = this.#mask === 0 ? this.#table : this.#tableOf(readKey(key));
    const index = table.slots.get(key);
    if (index === undefined) {
      readKey(key);
    } else if (this.#overwrites && staleMs === 0 && fence === NO_FENCE) {
      if (this.#overwrite(table, index, key, value, ttlMs, tags)) return true;
    }
    return this.#put(table, index, key, value, ttlMs, staleMs, tags, fence) !== undefined;
  }

  /** Removes the key. Returns whether it had an entry that was not dead yet. */
  delete(key: string): boolean {
    const entry = this.find(key);
    this.#invalidations.delete(key);
    if (entry !== undefined) this.#remove(entry, 'deleted');
    return entry !== undefined;
  }

  /** Removes everything, at once. */
  clear(): void {
    this.#statistics.removed.deleted += this.#size;
    this.#empty();
    this.#invalidations.clear();
    this.#size = 0;
    this.#bytes = 0;
    this.#sweeper.stop();
  }

  invalidateTags(tags: readonly string[], soft: boolean): void {
    this.#invalidations.invalidateTags(tags, soft);
    this.#invalidated();
  }

  invalidatePrefix(prefix: string, soft: boolean): void {
    this.#invalidations.invalidatePrefix(prefix, soft);
    this.#invalidated();
  }

  invalidateMatching(matches: (key: string) => boolean, soft: boolean): void {
    this.#invalidations.invalidateMatching(matches, soft);
    this.#invalidated();
  }

  fence(): Fence {
    const fence = this.#invalidations.openFence();
    this.#openFences = this.#invalidations.fences.size;
    return fence;
  }

  release(fence: Fence): void {
    this.#invalidations.fences.close(fence);
    this.#openFences = this.#invalidations.fences.size;
  }

  isFenced(key: string, fence: Fence, tags?: readonly string[]): boolean {
    return this.#invalidations.refuses(key, tags, fence);
  }

  /** Those that are fresh, in no particular order. */
  *fresh(): IterableIterator<Entry> {
    for (const table of this.#tables) {
      for (const entry of table.entries) {
        if (entry !== undefined && !this.#isDead(entry) && this.isFresh(entry)) yield entry;
      }
    }
  }

  get size(): number {
    return this.#size;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  set maxSize(maxSize: number) {
    this.#maxSize = maxSize;
    this.#evict();
  }

  get window(): number | undefined {
    return this.#policy.window;
  }

  pinWindow(share: number | undefined): void {
    this.#policy.pinWindow?.(share);
  }

  getStats(): CacheStats {
    const { misses, removed, refused } = this.#statistics;
    const requests = this.#hits + misses;
    return {
      entries: this.#size,
      bytes: this.#bytes,
      hits: this.#hits,
      misses,
      hitRatio: requests === 0 ? 0 : this.#hits / requests,
      sets: this.#sets,
      removed: { ...removed },
      refused: { ...refused },
      ...(this.#packer?.counts ?? { packed: 0, unpacked: 0 }),
    };
  }

  hottestKeys(count: number): readonly HotKey[] {
    return this.#hotKeys.top(count);
  }

  sweep(): void {
    this.#sweeper.sweep();
  }

  stop(): void {
    this.#sweeper.stop();
    this.#packer?.stop();
    this.#cancelClock?.();
    this.#cancelClock = undefined;
    this.#pass = CLOCK_UNREAD;
  }

  /**
   * A promise of the value, if it takes no more than a look to find it; otherwise `undefined`, and nothing is
   * counted: it may be there nevertheless. The promise is kept with the value, so that a hit allocates nothing.
   */
  promised(key: string): Promise<Value> | undefined {
    const table = this.#mask === 0 ? this.#table : this.#tableOf(key);
    const index = this.#hit(table, key);
    if (index < 0) return undefined;
    const kept = table.promises[index];
    if (kept !== undefined) return kept as Promise<Value>;
    return table.promise(index) as Promise<Value>;
  }

  /**
   * Stores what was loaded; the entry, or `undefined` where it was refused.
   */
  store(key: string, value: Value, loaded: LoadedEntry): Entry | undefined {
    const { ttlMs, staleMs, tags, fence = NO_FENCE } = loaded;
    const table = this.#tableOf(readKey(key));
    return this.#put(table, table.slots.get(key), key, value, ttlMs, staleMs, tags, fence, loaded);
  }

  /**
   * The entry of a key, fresh or stale; one that is dead is removed.
   */
  find(key: string): Entry | undefined {
    const table = this.#tableOf(readKey(key));
    const entry = table.entry(key);
    if (entry === undefined || this.#isDead(entry)) return undefined;
    entry.onProbation = false;
    this.#admit(entry);
    return entry;
  }

  /**
   * Whether an entry that was just found is fresh.
   */
  isFresh(entry: Entry): boolean {
    this.#time();
    return this.#msLeft(entry) > 0;
  }

  valueOf(entry: Entry): Value {
    let kept = entry.table.values[entry.index];
    if (kept instanceof Packed) kept = this.#unpack(entry, kept);
    return entry.encoded ? this.#mode.out(kept) : (kept as Value);
  }

  /**
   * Counts a hit of an entry that was found.
   */
  hit(entry: Entry): void {
    if (--this.#untilSample === 0) this.#sample(entry.key);
    this.#reused(entry);
  }

  /**
   * Counts a miss.
   */
  miss(): void {
    this.#statistics.misses++;
  }

  /**
   * How long an entry that was found is still fresh, in ms; negative since it went stale.
   */
  msLeft(entry: Entry): number {
    return this.#msLeft(entry);
  }

  /**
   * What a reader is to get of a value that was just set: in some modes not the value itself.
   */
  present(value: Value): Value {
    return this.#mode.encodes(value) ? this.#mode.out(this.#mode.in(value)) : value;
  }

  /**
   * The sequence number of the last invalidation of tags, of keys that match, or of all.
   */
  get invalidatedAt(): number {
    return this.#invalidations.lastAt;
  }

  /**
   * The place of a key in its table if a fast read may return its value, which is then counted as a hit; otherwise
   * ABSENT or CLOSED.
   */
  #hit(table: Table, key: string): number {
    const index = table.slots.get(key);
    if (index === undefined) return ABSENT;
    const { guards } = table;
    const at = COLUMNS * index;
    const word = guards[at + WORD] as number;
    if (word >> MARK_SHIFT !== this.#pass) return CLOSED;
    if ((((guards[at + TICK] as number) - this.#tick) | 0) <= 0) return CLOSED;
    if (--this.#untilSample === 0) this.#sample(key);
    if ((word & REUSE_MASK) !== MAX_REUSE) this.#used(table, index, word);
    return index;
  }

  #getFrom(table: Table, key: string): Value | undefined {
    const index = this.#hit(table, key);
    return index >= 0 ? (table.values[index] as Value) : this.#getSlowly(key, index);
  }

  /** Counts a hit of an entry whose count is not at its end, or tells the policy. */
  #used(table: Table, index: number, word: number): void {
    if ((word & REUSE_MASK) < MAX_REUSE) table.guards[COLUMNS * index + WORD] = word + 1;
    else this.#policy.hit(table.entries[index] as Entry);
  }

  get #hits(): number {
    return this.#hitsSampled + this.#gap - this.#untilSample;
  }

  #getSlowly(key: string, index: number): Value | undefined {
    const entry = index === ABSENT ? this.#absent(key) : this.find(key);
    if (entry === undefined || !this.isFresh(entry)) {
      this.#statistics.misses++;
      return undefined;
    }
    this.hit(entry);
    return this.valueOf(entry);
  }

  /** What is not there is not looked for again, but it may be no key at all. */
  #absent(key: string): undefined {
    readKey(key);
  }

  #put(
    table: Table,
    found: number | undefined,
    key: string,
    value: Value,
    ttlMs: number,
    staleMs: number,
    tags: readonly string[] | undefined,
    fence: Fence,
    loaded?: LoadedEntry,
  ): Entry | undefined {
    this.#time();
    // Before anything is changed: a tag may be none.
    const names = tags === undefined ? undefined : readTags(tags);
    let index = found;
    if (fence !== NO_FENCE) {
      if (this.#overtaken(key, names, fence)) {
        this.#statistics.refused.fenced++;
        return undefined;
      }
      // It may have been dead.
      index = table.slots.get(key);
    }
    const born = fence === NO_FENCE ? this.#invalidations.sequence : fence;
    const kept = this.#mode.in(value, key);
    const bytes = this.#countsBytes ? this.#measure(key, value, kept) : 0;
    if (this.#callsUsers) index = table.slots.get(key);
    const present = index === undefined ? undefined : table.entries[index];
    if (bytes > this.#maxEntryBytes) {
      // What the key had is not what it was set to.
      if (present !== undefined) this.#remove(present, 'deleted');
      this.#invalidations.touch(key, born);
      this.#statistics.refused.oversize++;
      return undefined;
    }
    const entry = present ?? table.insert(key, kept);
    if (present === undefined) {
      this.#size++;
    } else {
      table.replace(entry.index, kept);
      this.#bytes -= entry.bytes;
    }
    entry.bytes = bytes;
    this.#bytes += bytes;
    entry.encoded = this.#mode.encodes(value);
    entry.born = born;
    entry.onProbation = false;
    this.#expire(entry, this.#shortened(ttlMs), staleMs, loaded);
    if (names !== undefined || entry.tagSet !== NO_TAGS) this.#retag(entry, names);
    if (this.#openFences !== 0) this.#invalidations.touch(key, born);
    this.#admit(entry);
    if (present === undefined) {
      this.#policy.add(entry);
    } else if (this.#ordersByExpiry) {
      this.#policy.remove(entry);
      this.#policy.add(entry);
    } else {
      this.#reused(entry);
    }
    this.#sets++;
    if ((ttlMs !== Infinity || this.#packer !== undefined) && !this.#isSwept) this.#sweepInTime();
    if (this.#size > this.#maxSize || this.#bytes > this.#maxBytes) this.#evict();
    return entry;
  }

  /**
   * Overwrites the value of a valid entry that a fast read would return, if that is all there is to do: no change
   * of tags, nothing that its notes would have to say.
   */
  #overwrite(
    table: Table,
    index: number,
    key: string,
    value: Value,
    ttlMs: number,
    tags: readonly string[] | undefined,
  ): boolean {
    const { guards } = table;
    const at = COLUMNS * index;
    const word = guards[at + WORD] as number;
    if (word >> MARK_SHIFT !== this.#pass || (word & NOTED) !== 0) return false;
    const tagSet = guards[at + TAGS] as number;
    if (tags === undefined ? tagSet !== NO_TAGS : !this.#invalidations.tags.isLast(tags, tagSet))
      return false;
    const lifetime = Math.ceil(this.#shortened(ttlMs));
    // Of those that live longer some never expire, which the word says, and others have notes.
    if (lifetime >= MAX_TICKS ? ttlMs !== Infinity || (word & TIMELESS) === 0 : (word & TIMELESS) !== 0)
      return false;
    if (this.#countsBytes) {
      const bytes = this.#measure(key, value, value);
      if (bytes > this.#maxEntryBytes || (this.#sizeOf !== undefined && table.slots.get(key) !== index)) {
        return false;
      }
      this.#bytes += bytes - (guards[at + BYTES] as number);
      guards[at + BYTES] = bytes;
    }
    guards[at + TICK] = this.#tick + Math.min(lifetime, MAX_TICKS);
    table.replace(index, value);
    const reuse = word & REUSE_MASK;
    if (reuse < MAX_REUSE) guards[at + WORD] = word + 1;
    else if (reuse > MAX_REUSE) this.#policy.hit(table.entries[index] as Entry);
    if (this.#openFences !== 0) this.#invalidations.touch(key);
    this.#sets++;
    if (ttlMs !== Infinity && !this.#isSwept) this.#sweepInTime();
    if (this.#bytes > this.#maxBytes) this.#evict();
    return true;
  }

  /** Of a time to live, a random part taken off. */
  #shortened(ttlMs: number): number {
    this.#draw = (this.#draw + 1) & (SHARES - 1);
    return ttlMs * (this.#shares[this.#draw] as number);
  }

  /** Whether a value whose load began at the fence comes too late. */
  #overtaken(key: string, tags: readonly string[] | undefined, fence: Fence): boolean {
    const entry = this.find(key);
    return (entry !== undefined && entry.born >= fence) || this.#invalidations.refuses(key, tags, fence);
  }

  #measure(key: string, value: Value, kept: unknown): number {
    if (this.#sizeOf !== undefined) return readSize(this.#sizeOf(value, key), key);
    const bytes = ENTRY_BYTES + key.length + estimateBytes(kept);
    return Math.min(bytes, MAX_BYTES);
  }

  #retag(entry: Entry, names: readonly string[] | undefined): void {
    const { tags } = this.#invalidations;
    const before = tags.withId(entry.tagSet);
    const after = names === undefined || names.length === 0 ? undefined : tags.setOf(names);
    if (before !== undefined) before.entries--;
    if (after !== undefined) after.entries++;
    entry.tagSet = after === undefined ? NO_TAGS : after.id;
  }

  #reused(entry: Entry): void {
    const { reuse } = entry;
    if (reuse === WATCHED) this.#policy.hit(entry);
    else if (reuse < MAX_REUSE) entry.reuse = reuse + 1;
  }

  /** Notes when a new value expires: in its guard, or in notes if there is more to say. */
  #expire(entry: Entry, lifetimeMs: number, staleMs: number, loaded: LoadedEntry | undefined): void {
    const { table, index } = entry;
    const timeless = lifetimeMs === Infinity;
    const long = lifetimeMs >= MAX_TICKS || this.#ordersByExpiry;
    if (loaded === undefined && staleMs === 0 && (timeless || !long)) {
      entry.notes = undefined;
      const lifetime = timeless ? MAX_TICKS : Math.ceil(lifetimeMs);
      table.close(index, (this.#tick + lifetime) | 0, timeless ? TIMELESS : 0);
      return;
    }
    const { earlyMs = 0, loadMs = 0, confirmedAt = 0 } = loaded ?? {};
    const notes: Notes = { expiresAt: this.#now + lifetimeMs, staleMs, earlyMs, loadMs, confirmedAt };
    entry.notes = notes;
    table.close(index, 0, NOTED);
  }

  /** How long the entry is still fresh, in ms. */
  #msLeft({ table, index, notes }: Entry): number {
    if (notes !== undefined) return notes.expiresAt - this.#now;
    return (table.flags(index) & TIMELESS) !== 0 ? Infinity : (table.tick(index) - this.#tick) | 0;
  }

  /** Lets fast reads return the entry for as long as that is right; not at all if it takes more than a look. */
  #admit(entry: Entry): void {
    const { table, index, notes } = entry;
    const flags = table.flags(index);
    const opens = this.#msLeft(entry) - (notes?.earlyMs ?? 0);
    if (entry.encoded || entry.onProbation || opens <= 0) {
      table.close(index, table.tick(index), flags);
      return;
    }
    const tick = (this.#tick + Math.ceil(Math.min(opens, MAX_TICKS))) | 0;
    table.open(index, tick, this.#mark, flags);
  }

  /** Whether the entry is dead; it is then removed. One that was softly invalidated becomes stale. */
  #isDead(entry: Entry): boolean {
    this.#time();
    const { table, index, notes } = entry;
    if (table.mark(index) !== this.#mark) {
      const verdict = this.#invalidations.verdict(entry);
      if (verdict === 'hard' || (verdict === 'soft' && (notes === undefined || notes.staleMs === 0))) {
        this.#remove(entry, 'invalidated');
        return true;
      }
      if (verdict === 'soft' && notes !== undefined) notes.expiresAt = Math.min(notes.expiresAt, this.#now);
      this.#admit(entry);
    }
    if (this.#msLeft(entry) + (notes?.staleMs ?? 0) > 0) return false;
    this.#remove(entry, 'expired');
    return true;
  }

  /** The sweeper has come to the entry; whether it has to come again. */
  #visit(entry: Entry): boolean {
    if (this.#isDead(entry)) return false;
    if (this.#packer?.visit(entry)) {
      // From now on a read has to take the slow path, and ends the probation.
      entry.onProbation = true;
      this.#admit(entry);
    }
    return this.#packer !== undefined || this.#msLeft(entry) !== Infinity;
  }

  /** The sweeper has come to all entries that were there when the last invalidation was `begun`. */
  #swept(begun: number): void {
    this.#invalidations.checkedAll(begun);
    if (this.#size === 0) this.#empty();
  }

  /** Gives back the room that entries had. */
  #empty(): void {
    for (const table of this.#tables) table.clear();
    this.#policy.clear();
  }

  #pack(entry: Entry, packed: Packed): void {
    entry.table.replace(entry.index, packed);
    entry.encoded = true;
    this.#resize(entry, ENTRY_BYTES + entry.key.length + packed.payload.length);
    this.#admit(entry);
  }

  /** Puts the value in the place of the packed one again. */
  #unpack(entry: Entry, packed: Packed): unknown {
    const unpacked = this.#packer?.unpack(packed) as Value;
    entry.encoded = this.#mode.encodes(unpacked);
    // What is kept as it is read may have to be frozen anew.
    const kept = entry.encoded ? unpacked : this.#mode.in(unpacked);
    entry.table.replace(entry.index, kept);
    this.#resize(entry, packed.bytes);
    this.#admit(entry);
    if (this.#bytes > this.#maxBytes) this.#evict();
    return kept;
  }

  #resize(entry: Entry, bytes: number): void {
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  #remove(entry: Entry, reason: RemovalReason): void {
    this.#policy.remove(entry);
    this.#forget(entry, reason);
  }

  #evict(): void {
    while (this.#size > this.#maxSize || this.#bytes > this.#maxBytes) {
      const victim = this.#policy.evict();
      if (victim === undefined) return;
      this.#forget(victim, 'capacity');
    }
  }

  #forget(entry: Entry, reason: RemovalReason): void {
    entry.table.delete(entry);
    this.#size--;
    this.#bytes -= entry.bytes;
    const tags = this.#invalidations.tags.withId(entry.tagSet);
    if (tags !== undefined) tags.entries--;
    this.#statistics.removed[reason]++;
  }

  /** No fast read finds its mark any more: each entry is checked when it is read, or swept, next. */
  #invalidated(): void {
    this.#mark = this.#mark === MAX_MARK ? 0 : this.#mark + 1;
    this.#pass = this.#cancelClock === undefined ? CLOCK_UNREAD : this.#mark;
    if (this.#size === 0) this.#invalidations.checkedAll(this.#invalidations.sequence);
    else this.#sweepSoon();
  }

  #sweepSoon(): void {
    this.#isSwept = true;
    this.#sweeper.request();
  }

  #sweepInTime(): void {
    this.#isSwept = true;
    this.#sweeper.arm();
  }

  #tableOf(key: string): Table {
    return this.#mask === 0 ? this.#table : (this.#tables[tableIndex(key, this.#mask)] as Table);
  }

  #sample(key: string): void {
    this.#hotKeys.add(key);
    this.#hitsSampled += this.#gap;
    this.#gap = this.#hotKeys.gap();
    this.#untilSample = this.#gap;
  }

  #time(): number {
    if (this.#pass === CLOCK_UNREAD) {
      this.#now = Math.floor(this.#clock.monotonic() - this.#origin);
      this.#tick = this.#now | 0;
      this.#pass = this.#mark;
      this.#cancelClock = this.#clock.setTimeout(() => {
        this.#cancelClock = undefined;
        this.#pass = CLOCK_UNREAD;
      }, CLOCK_RESOLUTION_MS);
    }
    return this.#now;
  }
}
