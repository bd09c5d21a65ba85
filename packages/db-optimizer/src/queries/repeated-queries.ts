/** A statement that requests run again and again. */
export interface RepeatedQuery {
  /**
   * `n-plus-one`: with other values each time, as for every row of a list; one query for all of them would do.
   * `redundant`: with the same values, so that once would have been enough.
   */
  readonly pattern: 'n-plus-one' | 'redundant';
  /** Of its group; undefined as long as its text was not read. */
  readonly statementId: string | undefined;
  readonly normalized: string;
  /** The request in which it was seen last. */
  readonly request: string;
  /** Where in the application, innermost first; empty where the stack does not tell. */
  readonly callSite: readonly string[];
  /** Requests in which it repeated. */
  readonly requests: number;
  /** Runs in one request, at most. */
  readonly maxRuns: number;
  /** In such requests. */
  readonly totalMs: number;
  readonly lastSeen: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const MAX_KEPT = 100;

/** What was found to repeat, by statement and place; those not seen for longest go first. */
export class RepeatedQueries {
  readonly #found = new Map<string, Mutable<RepeatedQuery>>();
  #dropped = 0;

  get dropped(): number {
    return this.#dropped;
  }

  /** Those that took most time first. */
  list(): RepeatedQuery[] {
    return [...this.#found.values()]
      .map((each) => ({ ...each, callSite: [...each.callSite] }))
      .sort((a, b) => b.totalMs - a.totalMs);
  }

  /**
   * Adds a repetition that has just been noticed (`isNew`), or another run of it.
   *
   * @param seen with the runs of this request in `maxRuns`, and the time since it was told of last in `totalMs`
   */
  add(key: string, seen: Omit<RepeatedQuery, 'requests'>, isNew: boolean): RepeatedQuery {
    const at = `${key}\n${seen.callSite[0] ?? ''}`;
    const known = this.#found.get(at);
    const requests = (known?.requests ?? 0) + (isNew || !known ? 1 : 0);
    const maxRuns = Math.max(known?.maxRuns ?? 0, seen.maxRuns);
    const next = { ...seen, requests, maxRuns, totalMs: (known?.totalMs ?? 0) + seen.totalMs };
    this.#found.delete(at);
    this.#found.set(at, next);
    for (const oldest of this.#found.keys()) {
      if (this.#found.size <= MAX_KEPT) break;
      this.#found.delete(oldest);
      this.#dropped++;
    }
    return { ...next };
  }

  clear(): void {
    this.#found.clear();
  }
}
