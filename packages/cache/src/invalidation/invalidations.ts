import type { Entry } from '../store/entry.ts';
import { Fences } from './fences.ts';
import type { Rule } from './rule.ts';
import { TagTable } from './tags.ts';

/* Rules that the sweeper has still to apply to all entries; with one more, it has to do so at once. */
const MAX_RULES = 256;

/** What has become of an entry. */
export type Verdict = 'valid' | 'soft' | 'hard';

/**
 * The order of things. One counter counts loads and invalidations: an entry carries its value when it was stored, or
 * when its load began, a tag carries its value when it was invalidated, and comparing the two tells which came
 * first. No wall clock is involved, so nothing in the same millisecond is lost.
 */
export class Invalidations {
  readonly tags = new TagTable();
  readonly fences = new Fences();
  #sequence = 0;
  #rules: Rule[] = [];
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

  /** Returns whether the rules have become so many that all entries should be checked now. */
  invalidateMatching(matches: (key: string) => boolean, soft: boolean): boolean {
    this.lastAt = ++this.#sequence;
    const rule: Rule = { at: this.lastAt, soft, matches };
    this.#rules.push(rule);
    this.fences.rule(rule);
    return this.#rules.length > MAX_RULES;
  }

  clear(): void {
    this.lastAt = ++this.#sequence;
    this.#rules = [];
    this.tags.clear(this.lastAt);
    this.fences.all(this.lastAt);
  }

  /** All entries have been checked for what was invalidated up to then. */
  checkedAll(upTo: number): void {
    this.#rules = this.#rules.filter((rule) => rule.at > upTo);
  }

  /** What the invalidations since the entry was born make of it. */
  verdict(entry: Entry): Verdict {
    let verdict: Verdict = 'valid';
    const tags = this.tags.withId(entry.tagSet);
    if (tags !== undefined) {
      if (tags.hardAt(this.lastAt) > entry.born) return 'hard';
      if (tags.softAt(this.lastAt) > entry.born) verdict = 'soft';
    }
    for (const rule of this.#rules) {
      if (rule.at <= entry.born || !rule.matches(entry.key)) continue;
      if (!rule.soft) return 'hard';
      verdict = 'soft';
    }
    return verdict;
  }

  /** Whether a value whose load began at `fence` comes too late. `tags` are those that are known of it. */
  refuses(key: string, tags: readonly string[] | undefined, fence: number): boolean {
    if (this.fences.refuse(key, fence)) return true;
    return tags?.some((tag) => this.tags.invalidatedAt(tag) >= fence) ?? false;
  }
}
