import { median } from '@evenkeel/core';
import { signTest } from './sign-test.ts';

/** One run of a query in each database, right after each other. Milliseconds. */
export interface Pair {
  readonly before: number;
  readonly after: number;
}

export interface TimedQuery {
  readonly name: string;
  readonly calls: number;
  readonly pairs: readonly Pair[];
  /** The time-out where the run without the indexes did not end within it: its time is at least that. */
  readonly cappedAt: number | undefined;
  /** How likely the pairs would be if it were at most `TOLERATED` times slower: below `PROOF` it is proven slower. */
  readonly chanceOfSlower: number;
  readonly isProvenSlower: boolean;
}

export interface PairOptions {
  /** Of each query at first. */
  readonly pairs: number;
  /** What a run may take, in ms. */
  readonly capMs: number;
  /** Milliseconds. @defaultValue the process's clock */
  readonly now?: () => number;
}

/** What runs the queries: a Client of `pg`. */
export interface TimedDatabase {
  query(text: string): Promise<unknown>;
}

/** What runs of equal plans differ by here is no slowness. */
export const TOLERATED = 1.05;
const PROOF = 0.01;
/* A query that seems slower is timed anew with so many pairs: what came out by chance does not come out twice. */
const SUSPICION = 0.1;
const PAIRS_OF_SUSPECTS = 31;
/* A query that takes longer is run fewer times. */
const SLOW_MS = 1500;
const PAIRS_OF_SLOW = 3;

/** Times a query with and without the indexes, in pairs that take turns at who goes first. */
export class PairedTimer {
  readonly #before: TimedDatabase;
  readonly #after: TimedDatabase;
  readonly #options: PairOptions;

  constructor(before: TimedDatabase, after: TimedDatabase, options: PairOptions) {
    this.#before = before;
    this.#after = after;
    this.#options = options;
  }

  /** @param texts variants of the query: each pair runs all of them */
  async time(name: string, calls: number, texts: readonly string[]): Promise<TimedQuery> {
    // Not counted: it warms the caches.
    const after = await this.#run(this.#after, texts);
    const before = await this.#run(this.#before, texts);
    if (before === undefined || after === undefined) {
      const capMs = this.#options.capMs;
      const pair = { before: before ?? capMs, after: after ?? capMs };
      return {
        name,
        calls,
        pairs: [pair],
        cappedAt: capMs,
        chanceOfSlower: before === undefined ? 1 : 0,
        isProvenSlower: before !== undefined,
      };
    }
    const isSlow = before > SLOW_MS || after > SLOW_MS;
    let pairs = await this.#pairs(texts, isSlow ? PAIRS_OF_SLOW : this.#options.pairs);
    let chance = chanceOfSlower(pairs);
    if (chance < SUSPICION || (isSlow && chance < 0.5)) {
      pairs = await this.#pairs(texts, isSlow ? 7 : PAIRS_OF_SUSPECTS);
      chance = chanceOfSlower(pairs);
    }
    const isProvenSlower = chance < PROOF;
    return { name, calls, pairs, cappedAt: undefined, chanceOfSlower: chance, isProvenSlower };
  }

  async #pairs(texts: readonly string[], count: number): Promise<Pair[]> {
    const pairs: Pair[] = [];
    for (let number = 0; number < count; number++) {
      const isBeforeFirst = number % 2 === 0;
      const first = await this.#run(isBeforeFirst ? this.#before : this.#after, texts);
      const second = await this.#run(isBeforeFirst ? this.#after : this.#before, texts);
      const [before, after] = isBeforeFirst ? [first, second] : [second, first];
      const { capMs } = this.#options;
      pairs.push({ before: before ?? capMs, after: after ?? capMs });
    }
    return pairs;
  }

  /** Milliseconds of all variants together; undefined where one took too long. */
  async #run(client: TimedDatabase, texts: readonly string[]): Promise<number | undefined> {
    const { now = () => performance.now() } = this.#options;
    const from = now();
    for (const text of texts) {
      try {
        await client.query(text);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELED) return undefined;
        throw error;
      }
    }
    return now() - from;
  }
}

/* SQLSTATE of a statement that took longer than its time-out. */
const QUERY_CANCELED = '57014';

export function medianBefore({ pairs }: TimedQuery): number {
  return median(pairs.map(({ before }) => before));
}

export function medianAfter({ pairs }: TimedQuery): number {
  return median(pairs.map(({ after }) => after));
}

function chanceOfSlower(pairs: readonly Pair[]): number {
  return signTest(pairs.filter(({ before, after }) => after > TOLERATED * before).length, pairs.length);
}
