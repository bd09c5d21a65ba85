import type { StatementUsage, TableUsage } from '../usage/statement-usage.ts';
import { distinctOf, rowsOf, selectivityOf } from './selectivity.ts';

/* Conditions travel this many joins far: from a region over nation and customer to orders, and one more. */
const ROUNDS = 4;

/**
 * The share of a table's rows that the values of other tables lead to, for each of its join terms: small where the
 * other side is itself restricted, directly or through its own joins (the semi-join reductions of Bernstein and Chiu,
 * JACM 1981, in estimated sizes).
 */
export class JoinReach {
  readonly #usages: ReadonlyMap<number, TableUsage>;
  readonly #own: ReadonlyMap<number, number>;
  /* By `from>to term`: the share of the rows of `to` that `from` leads to. */
  #messages = new Map<string, number>();

  constructor({ tables }: StatementUsage) {
    this.#usages = new Map(tables.map((usage) => [usage.id, usage]));
    this.#own = new Map(tables.map((usage) => [usage.id, shareOf(usage)]));
    for (let round = 0; round < ROUNDS; round++) {
      const messages = new Map<string, number>();
      for (const usage of tables)
        for (const join of usage.joins)
          for (const from of join.with)
            messages.set(
              messageId(from, usage.id, join.term.sql),
              this.#shareFrom(from, usage, join.term.sql),
            );
      this.#messages = messages;
    }
  }

  /** The share of the rows that a look-up by one term leads to, over all rows of the best of its partners. */
  of(usage: TableUsage, term: string): number {
    const join = usage.joins.find(({ kind, term: own }) => kind === 'equality' && own.sql === term);
    const shares = (join?.with ?? []).map((from) => this.#messages.get(messageId(from, usage.id, term)) ?? 1);
    return Math.min(1, ...shares);
  }

  /** The share of `to`'s rows whose term is among the values that `from` has left. */
  #shareFrom(from: number, to: TableUsage, term: string): number {
    const partner = this.#usages.get(from);
    const join = to.joins.find(({ term: own }) => own.sql === term);
    if (!partner || !join || join.kind !== 'equality') return 1;
    const rows = rowsOf(partner.table) * this.#left(partner, to.id);
    return Math.min(1, rows / distinctOf(to.table, join.term));
  }

  /** The share of a table's rows that its conditions and its other joins leave. */
  #left(usage: TableUsage, except: number): number {
    let share = this.#own.get(usage.id) ?? 1;
    for (const join of usage.joins) {
      // Equal terms of several tables say the same: the strongest of them counts.
      let least = 1;
      for (const from of join.with)
        if (from !== except)
          least = Math.min(least, this.#messages.get(messageId(from, usage.id, join.term.sql)) ?? 1);
      share *= least;
    }
    return share;
  }
}

/** The share of its rows that a table's own conditions leave. */
function shareOf({ table, conditions }: TableUsage): number {
  const shares = conditions.map((condition) => selectivityOf(table, condition));
  return Math.max(
    1 / rowsOf(table),
    shares.reduce((product, share) => product * share, 1),
  );
}

function messageId(from: number, to: number, term: string): string {
  return `${from}>${to} ${term}`;
}
