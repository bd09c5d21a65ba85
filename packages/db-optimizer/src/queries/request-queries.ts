/** How often one statement ran in one request. */
export interface Repetition {
  count: number;
  totalMs: number;
  /** Values of the first run. */
  readonly params: readonly unknown[] | undefined;
  /** The text of the first run. */
  readonly text: string;
  /** Whether all runs had the same text and values so far. */
  isSame: boolean;
  /** The application's frames above the query, from when the repetition was noticed. */
  callSite: readonly string[];
}

/* Of different statements in a request: further ones are not looked at. */
const MAX_STATEMENTS = 500;

/** The queries of one request. */
export class RequestQueries {
  readonly name: string;
  readonly #repetitions = new Map<string, Repetition>();

  constructor(name: string) {
    this.name = name;
  }

  /** Counts a run of a statement; like ones have the same key. */
  add(
    key: string,
    text: string,
    params: readonly unknown[] | undefined,
    durationMs: number,
  ): Repetition | undefined {
    const known = this.#repetitions.get(key);
    if (known) {
      known.count++;
      known.totalMs += durationMs;
      known.isSame &&= known.text === text && hasSameValues(known.params, params);
      return known;
    }
    if (this.#repetitions.size >= MAX_STATEMENTS) return undefined;
    const first: Repetition = { count: 1, totalMs: durationMs, params, text, isSame: true, callSite: [] };
    this.#repetitions.set(key, first);
    return first;
  }
}

/** The text with a mark for each constant: a rough form that is made at once, where the parser takes a moment. */
export function maskConstants(text: string): string {
  return text.replace(/'(?:[^']|'')*'|\b\d[\d.]*\b(?!\$)/g, (constant, at: number) =>
    text[at - 1] === '$' ? constant : '?',
  );
}

function hasSameValues(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  if (a?.length !== b?.length) return false;
  return a?.every((value, index) => Object.is(value, b?.[index])) ?? true;
}
