import type { IndexKey } from '../../catalogue/catalogue.ts';
import type { KeyTerm, TableUsage } from '../usage/statement-usage.ts';
import { canBeKey } from './columns.ts';
import { equalityParts, joinParts, type KeyPart, orderParts, rangeParts } from './key-parts.ts';

/** The keys of an index to be. */
export interface KeyList {
  readonly terms: readonly KeyTerm[];
  readonly keys: readonly IndexKey[];
  /** The share of the rows that it leads to. */
  readonly share: number;
  /** From 0 for what nearly always is the best to what seldom is. */
  readonly rank: number;
  readonly reason: string;
}

/** The share of the rows that a look-up by a join term leads to. */
export type ReachOf = (term: string) => number;

/* Enough for every choice that was seen to matter. */
const MAX_EQUALITIES = 4;
const MAX_RANGES = 3;
const MAX_JOINS = 6;
/* An order is of use only whole, so that its keys may be more. */
const MAX_ORDER_WIDTH = 4;
/* A condition that leaves more of a table than this is no way into it. */
const SELECTIVE = 0.5;

/**
 * The key lists that could serve a table in one place of a statement: for each way into the table the one that reads
 * least of it, and others that share more or take less. Equalities come first, then one range, or the order that is
 * wanted (Lahdenmäki and Leach, Relational Database Index Design, 2005: the three stars of an index).
 */
export function keyListsOf(usage: TableUsage, width: number, reachOf: ReachOf): KeyList[] {
  const lists = new KeyLists(usage, width);
  const equalities = equalityParts(usage).slice(0, MAX_EQUALITIES);
  const ranges = rangeParts(usage).slice(0, MAX_RANGES);
  const fixed = new Set(equalities.map(({ term }) => term.sql));
  const joins = joinParts(usage, 'equality')
    .filter(({ term }) => !fixed.has(term.sql))
    .map((part) => ({ ...part, share: reachOf(part.term.sql) }))
    .sort((one, other) => one.share - other.share)
    .slice(0, MAX_JOINS);
  const selective = equalities.filter(({ share }) => share <= SELECTIVE);
  const best = ranges.slice(0, 1);

  // Ways in by constants.
  lists.add(0, [...selective, ...ranges]);
  lists.add(0, [...selective, ...best]);
  lists.add(2, [...equalities, ...best]);
  for (const part of equalities) lists.add(part.share <= SELECTIVE ? 1 : 3, [part]);
  for (const [at, part] of ranges.entries()) {
    lists.add(at === 0 && selective.length === 0 ? 0 : at + 1, [part]);
    for (const other of ranges) lists.add(at === 0 ? 2 : 3, [part, other]);
    for (const equality of equalities) lists.add(2, [equality, part]);
  }
  for (const one of equalities) for (const other of equalities) lists.add(3, [one, other]);
  // Ways in by values of other tables.
  for (const [at, join] of joins.entries()) {
    // The way that reads least of the table is the one that most plans take.
    const rank = at / 2;
    const others = joins.filter((other) => other !== join);
    // Values of one table come together; those of two only if these were joined before.
    const together = others.filter((other) => join.with.some((id) => other.with.includes(id)));
    lists.add(rank, [join, ...together, ...selective, ...best]);
    if (selective.length > 0) lists.add(rank + 1, [...selective.slice(0, width - 1), join, ...best]);
    lists.add(rank + 1, [join]);
    for (const range of best) {
      lists.add(2, [join, range]);
      lists.add(2, [range, join]);
    }
    for (const equality of equalities) {
      lists.add(2, [join, equality]);
      lists.add(2, [equality, join]);
    }
    for (const other of others) lists.add(together.includes(other) ? 1 : 3, [join, other]);
  }
  for (const part of joinParts(usage, 'range')) {
    lists.add(2, [part]);
    lists.add(1, [...selective, part]);
    for (const join of joins) lists.add(1, [join, part]);
  }
  addOrders(lists, usage, { equalities, ranges, joins });
  return lists.all();
}

/** Key lists for the branches of an OR, which a bitmap brings together. */
export function alternativeKeyLists(usage: TableUsage, width: number): KeyList[] {
  const joined = new Set(usage.joins.map(({ term }) => term.sql));
  return usage.alternatives.flatMap((branches) =>
    branches.flatMap((branch) => {
      const conditions = [
        ...usage.conditions.filter(({ isAlternative }) => !isAlternative),
        ...branch.filter(({ term }) => term === undefined || !joined.has(term.sql)),
      ];
      return keyListsOf({ ...usage, conditions, joins: [], orderings: [], alternatives: [] }, width, () => 1);
    }),
  );
}

function addOrders(
  lists: KeyLists,
  usage: TableUsage,
  {
    equalities,
    ranges,
    joins,
  }: { equalities: readonly KeyPart[]; ranges: readonly KeyPart[]; joins: readonly KeyPart[] },
): void {
  for (const ordering of usage.orderings) {
    // A sort that is saved is worth little beside rows that need not be read at all.
    const rank = ordering.isLimited ? 0 : ordering.isWhole ? 1 : 3;
    for (const order of orderParts(ordering)) {
      lists.add(rank, order, MAX_ORDER_WIDTH);
      // The first rows are found at once: nothing reads less.
      const best = ordering.isLimited ? -1 : rank;
      if (equalities.length > 0) lists.add(best, [...equalities.slice(0, 2), ...order], MAX_ORDER_WIDTH);
      for (const equality of equalities) lists.add(rank + 1, [equality, ...order], MAX_ORDER_WIDTH);
      for (const join of joins) lists.add(rank + 1, [join, ...order], MAX_ORDER_WIDTH);
      if (ranges.length > 0) lists.add(rank + 2, [...order, ...ranges.slice(0, 1)], MAX_ORDER_WIDTH);
    }
  }
}

/** The lists of one table, each once, at the best rank it was given. */
class KeyLists {
  readonly #usage: TableUsage;
  readonly #width: number;
  readonly #lists = new Map<string, KeyList>();

  constructor(usage: TableUsage, width: number) {
    this.#usage = usage;
    this.#width = width;
  }

  add(rank: number, parts: readonly KeyPart[], max = this.#width): void {
    const used = parts
      .filter((part, at) => parts.findIndex((other) => isSameTerm(part, other)) === at)
      .slice(0, max);
    if (used.length === 0 || !used.every(({ term }) => canBeKey(this.#usage.table, term))) return;
    const keys = used.map(({ key }) => key);
    const id = JSON.stringify(keys);
    const known = this.#lists.get(id);
    if (known && known.rank <= rank) return;
    const share = used.reduce((product, part) => product * part.share, 1);
    const reason = used.map(({ purpose, key }) => `${purpose} ${key.sql}`).join(', ');
    this.#lists.set(id, { terms: used.map(({ term }) => term), keys, share, rank, reason });
  }

  all(): KeyList[] {
    return [...this.#lists.values()];
  }
}

function isSameTerm(one: KeyPart, other: KeyPart): boolean {
  return one.term.kind === other.term.kind && one.term.sql === other.term.sql;
}
