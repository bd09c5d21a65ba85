/** A tag, and when it was last invalidated, as counts of loads and invalidations. */
interface Tag {
  readonly name: string;
  /** Entries born before this are gone. */
  hardAt: number;
  /** Entries born before this are stale. */
  softAt: number;
  /** How many sets of tags it belongs to. */
  sets: number;
}

/** The tags of an entry. Entries with the same tags in the same order share one. */
export class TagSet {
  readonly id: number;
  readonly names: readonly string[];
  /** How many entries have it. */
  entries = 0;
  readonly #tags: readonly Tag[];
  #hardAt = 0;
  #softAt = 0;
  #readAt = -1;

  constructor(id: number, names: readonly string[], tags: readonly Tag[]) {
    this.id = id;
    this.names = names;
    this.#tags = tags;
  }

  get tags(): readonly Tag[] {
    return this.#tags;
  }

  /** When one of them was last invalidated; `now` is the count of the last invalidation. */
  hardAt(now: number): number {
    this.#read(now);
    return this.#hardAt;
  }

  softAt(now: number): number {
    this.#read(now);
    return this.#softAt;
  }

  has(names: readonly string[]): boolean {
    if (names.length !== this.names.length) return false;
    for (let index = 0; index < names.length; index++) {
      if (names[index] !== this.names[index]) return false;
    }
    return true;
  }

  /** Once after each invalidation, not once per entry. */
  #read(now: number): void {
    if (this.#readAt === now) return;
    this.#readAt = now;
    this.#hardAt = Math.max(...this.#tags.map((tag) => tag.hardAt));
    this.#softAt = Math.max(...this.#tags.map((tag) => tag.softAt));
  }
}

/* What no entry has is kept a while, for loads in flight; the tables are looked through when grown by so much. */
const SLACK = 1024;

/**
 * The tags in use. Invalidating one is writing a number, however many entries carry it: an entry is valid if it was
 * born after. A tag that no entry carries is forgotten in time; since a load that is still in flight may yet
 * bring it, a tag that comes anew counts as invalidated when the last forgotten one was.
 */
export class TagTable {
  readonly #tags = new Map<string, Tag>();
  readonly #sets = new Map<string, TagSet>();
  readonly #byId: (TagSet | undefined)[] = [undefined];
  readonly #freeIds: number[] = [];
  #last: TagSet | undefined;
  #forgottenAt = 0;
  #lookThroughAt = SLACK;

  /** The set of these tags, which must be checked strings; mostly it is the same as the last time. */
  setOf(names: readonly string[]): TagSet {
    if (this.#last?.has(names)) return this.#last;
    const key = names.length === 1 ? `${names[0]}` : JSON.stringify(names);
    // A single tag that looks like a list must not be taken for one.
    const unique = names.length === 1 ? `=${key}` : key;
    this.#last = this.#sets.get(unique) ?? this.#create(unique, [...names]);
    return this.#last;
  }

  withId(id: number): TagSet | undefined {
    return this.#byId[id];
  }

  /** Whether these are the tags with the id, without making anything. */
  isLast(names: readonly string[], id: number): boolean {
    return this.#last !== undefined && this.#last.id === id && this.#last.has(names);
  }

  invalidate(name: string, at: number, soft: boolean): void {
    this.#forget();
    const tag = this.#tag(name);
    if (soft) tag.softAt = at;
    else tag.hardAt = at;
  }

  /** When the tag was last invalidated, either way; for a forgotten one, not before it was. */
  invalidatedAt(name: string): number {
    const tag = this.#tags.get(name);
    return tag === undefined ? this.#forgottenAt : Math.max(tag.hardAt, tag.softAt);
  }

  /** Forgets all: no entry is left. */
  clear(at: number): void {
    this.#tags.clear();
    this.#sets.clear();
    this.#byId.length = 1;
    this.#freeIds.length = 0;
    this.#last = undefined;
    this.#forgottenAt = at;
    this.#lookThroughAt = SLACK;
  }

  #create(key: string, names: readonly string[]): TagSet {
    this.#forget();
    const tags = names.map((name) => this.#tag(name));
    for (const tag of tags) tag.sets++;
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const set = new TagSet(id, names, tags);
    this.#sets.set(key, set);
    this.#byId[id] = set;
    return set;
  }

  #tag(name: string): Tag {
    let tag = this.#tags.get(name);
    if (tag === undefined) {
      tag = { name, hardAt: this.#forgottenAt, softAt: 0, sets: 0 };
      this.#tags.set(name, tag);
    }
    return tag;
  }

  /** When as much has come as was left the last time, so that it takes constant time per tag. */
  #forget(): void {
    if (this.#tags.size + this.#sets.size < this.#lookThroughAt) return;
    this.#last = undefined;
    for (const [key, set] of this.#sets) {
      if (set.entries > 0) continue;
      this.#sets.delete(key);
      this.#byId[set.id] = undefined;
      this.#freeIds.push(set.id);
      for (const tag of set.tags) tag.sets--;
    }
    for (const tag of this.#tags.values()) {
      if (tag.sets > 0) continue;
      this.#tags.delete(tag.name);
      this.#forgottenAt = Math.max(this.#forgottenAt, tag.hardAt, tag.softAt);
    }
    this.#lookThroughAt = 2 * (this.#tags.size + this.#sets.size) + SLACK;
  }
}
