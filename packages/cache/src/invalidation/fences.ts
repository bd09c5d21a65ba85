import { Rules } from './rules.ts';

/* Keys that are remembered for loads in flight; past that, loads older than the forgotten are refused. */
const MAX_KEYS = 10_000;

/* More loads are not under way at once: somebody does not release fences. The oldest then refuse everything. */
const MAX_OPEN = 1_000_000;

/**
 * What happened to keys while loads were in flight, so that none of them stores what was true before. A fence is
 * the count of loads and invalidations when a load began; what was deleted, set or invalidated at or after
 * it refuses the load's value. Nothing is kept while no fence is open.
 */
export class Fences {
  readonly #touched = new Map<string, number>();
  readonly #rules = new Rules();
  /** Fences before this are refused for every key. */
  #floor = 0;
  readonly #open = new Set<number>();

  /** Fences that are open. */
  get size(): number {
    return this.#open.size;
  }

  open(fence: number): void {
    this.#open.add(fence);
    if (this.#open.size <= MAX_OPEN) return;
    for (const oldest of this.#open) {
      this.#open.delete(oldest);
      return;
    }
  }

  close(fence: number): void {
    this.#open.delete(fence);
    if (this.#open.size > 0) return;
    this.#touched.clear();
    this.#rules.clear();
  }

  /** A key was set or deleted. */
  touch(key: string, at: number): void {
    if (this.#open.size === 0) return;
    // Deleted first, so that the oldest stays the first.
    this.#touched.delete(key);
    this.#touched.set(key, at);
    if (this.#touched.size <= MAX_KEYS) return;
    for (const [oldest, oldestAt] of this.#touched) {
      this.#touched.delete(oldest);
      this.#floor = Math.max(this.#floor, oldestAt + 1);
      return;
    }
  }

  prefix(prefix: string, at: number): void {
    if (this.#open.size === 0) return;
    this.#rules.addPrefix(prefix, at, false);
    if (this.#rules.isOverfull) this.all(at);
  }

  pattern(matches: (key: string) => boolean, at: number): void {
    if (this.#open.size === 0) return;
    this.#rules.addPattern(matches, at, false);
    if (this.#rules.isOverfull) this.all(at);
  }

  /** Everything was invalidated. */
  all(at: number): void {
    this.#floor = at;
    this.#touched.clear();
    this.#rules.clear();
  }

  /** Whether a load of the key that began at `fence` must not be stored, nor joined. */
  refuse(key: string, fence: number): boolean {
    // What has happened since a fence was closed is not known.
    if (!this.#open.has(fence)) return true;
    if (fence < this.#floor || (this.#touched.get(key) ?? 0) >= fence) return true;
    return this.#rules.verdict(key, fence) !== 'valid';
  }
}
