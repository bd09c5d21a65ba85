/** What has become of an entry. */
export type Verdict = 'valid' | 'soft' | 'hard';

/** When keys were last invalidated, as counts of loads and invalidations; 0: never. */
interface Moments {
  hardAt: number;
  softAt: number;
}

/** An invalidation of all keys that match something. */
interface Pattern extends Moments {
  matches(key: string): boolean;
}

/* A key is looked up once for each length of the prefixes, and tried with each pattern. */
const MAX_PREFIXES = 10_000;
const MAX_PATTERNS = 256;

/** Invalidations of keys by prefix or pattern, for as long as anybody has to be compared with them. */
export class Rules {
  readonly #byLength = new Map<number, Map<string, Moments>>();
  #prefixes = 0;
  #patterns: Pattern[] = [];

  /** Whether there are more than keys can be compared with. */
  get isOverfull(): boolean {
    return this.#prefixes > MAX_PREFIXES || this.#patterns.length > MAX_PATTERNS;
  }

  addPrefix(prefix: string, at: number, soft: boolean): void {
    let ofLength = this.#byLength.get(prefix.length);
    if (ofLength === undefined) {
      ofLength = new Map();
      this.#byLength.set(prefix.length, ofLength);
    }
    let moments = ofLength.get(prefix);
    if (moments === undefined) {
      moments = { hardAt: 0, softAt: 0 };
      ofLength.set(prefix, moments);
      this.#prefixes++;
    }
    if (soft) moments.softAt = at;
    else moments.hardAt = at;
  }

  addPattern(matches: (key: string) => boolean, at: number, soft: boolean): void {
    this.#patterns.push({ matches, hardAt: soft ? 0 : at, softAt: soft ? at : 0 });
  }

  clear(): void {
    this.#byLength.clear();
    this.#prefixes = 0;
    this.#patterns = [];
  }

  /** Forgets what was made up to then. */
  forget(upTo: number): void {
    const isOver = ({ hardAt, softAt }: Moments) => hardAt <= upTo && softAt <= upTo;
    this.#patterns = this.#patterns.filter((pattern) => !isOver(pattern));
    for (const [length, ofLength] of this.#byLength) {
      for (const [prefix, moments] of ofLength) {
        if (!isOver(moments)) continue;
        ofLength.delete(prefix);
        this.#prefixes--;
      }
      if (ofLength.size === 0) this.#byLength.delete(length);
    }
  }

  /** What the rules that were made after a moment make of a key. */
  verdict(key: string, since: number): Verdict {
    let verdict: Verdict = 'valid';
    for (const [length, ofLength] of this.#byLength) {
      const moments = length <= key.length ? ofLength.get(key.slice(0, length)) : undefined;
      if (moments === undefined) continue;
      if (moments.hardAt > since) return 'hard';
      if (moments.softAt > since) verdict = 'soft';
    }
    for (const { matches, hardAt, softAt } of this.#patterns) {
      if ((hardAt <= since && softAt <= since) || !matches(key)) continue;
      if (hardAt > since) return 'hard';
      verdict = 'soft';
    }
    return verdict;
  }
}
