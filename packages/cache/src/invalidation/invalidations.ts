import type { Entry } from '../store/entry.ts';
import { Fences } from './fences.ts';
import { Rules, type Verdict } from './rules.ts';
import { TagTable } from './tags.ts';

/**
 * The order of things. One counter counts loads and invalidations: an entry carries its value when it was stored, or
 * when its load began, a tag carries its value when it was invalidated, and comparing the two tells which came
 * first. No wall clock is involved, so nothing in the same millisecond is lost.
 */
export class Invalidations {
  readonly tags = new TagTable();
  readonly fences = new Fences();
  #sequence = 0;
  /* Those that the sweeper has still to apply to all entries. */
  readonly #rules = new Rules();
  /* Entries born before this are gone. */
  #allBefore = 0;
  /** The sequence number of the last invalidation that entries have to be checked for. */
  lastAt = 0;

  get sequence(): number {
    return this.#sequence;
  }

  /** Begins a load: what happens from now on comes after it. */
  openFence(): number {
    this.fences.open(++this.#sequence);
    return this.#sequence;
  }

  /** A key is set, to what was so `at`: loads that began before are not to overwrite it. */
  touch(key: string, at = this.#sequence): void {
    this.fences.touch(key, at);
  }

  /** A key is deleted. */
  delete(key: string): void {
    this.fences.touch(key, ++this.#sequence);
  }

  invalidateTags(names: readonly string[], soft: boolean): void {
    this.lastAt = ++this.#sequence;
    for (const name of names) this.tags.invalidate(name, this.lastAt, soft);
  }

  invalidatePrefix(prefix: string, soft: boolean): void {
    this.lastAt = ++this.#sequence;
    this.#rules.addPrefix(prefix, this.lastAt, soft);
    this.fences.prefix(prefix, this.lastAt);
    this.#limitRules();
  }

  invalidateMatching(matches: (key: string) => boolean, soft: boolean): void {
    this.lastAt = ++this.#sequence;
    this.#rules.addPattern(matches, this.lastAt, soft);
    this.fences.pattern(matches, this.lastAt);
    this.#limitRules();
  }

  clear(): void {
    this.lastAt = ++this.#sequence;
    this.#rules.clear();
    this.tags.clear(this.lastAt);
    this.fences.all(this.lastAt);
  }

  /** All entries have been checked for what was invalidated up to then. */
  checkedAll(upTo: number): void {
    this.#rules.forget(upTo);
  }

  /** What the invalidations since the entry was born make of it. */
  verdict(entry: Entry): Verdict {
    if (entry.born < this.#allBefore) return 'hard';
    const verdict = this.#rules.verdict(entry.key, entry.born);
    if (verdict === 'hard') return 'hard';
    const tags = this.tags.withId(entry.tagSet);
    if (tags !== undefined) {
      if (tags.hardAt(this.lastAt) > entry.born) return 'hard';
      if (tags.softAt(this.lastAt) > entry.born) return 'soft';
    }
    return verdict;
  }

  /** Whether a value whose load began at `fence` comes too late. `tags` are those that are known of it. */
  refuses(key: string, tags: readonly string[] | undefined, fence: number): boolean {
    if (this.fences.refuse(key, fence)) return true;
    return tags?.some((tag) => this.tags.invalidatedAt(tag) >= fence) ?? false;
  }

  /** Rather too little in the cache than a sweep of all entries at once. */
  #limitRules(): void {
    if (!this.#rules.isOverfull) return;
    this.#allBefore = this.lastAt;
    this.#rules.clear();
  }
}
