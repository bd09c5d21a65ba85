import type { Condition } from './statement-usage.ts';
import type { Origin } from './table-reading.ts';

/**
 * Terms that are equal, because the statement says so or because it follows: the planner's equivalence classes. A
 * constant that one of them equals, all of them equal.
 */
export class EqualTerms {
  readonly #classes = new Map<string, Origin[]>();
  readonly #constants = new Map<string, Condition>();

  equate(left: Origin, right: Origin): void {
    const one = this.classOf(left);
    const other = this.classOf(right);
    if (one === other) return;
    one.push(...other);
    for (const member of one) this.#classes.set(keyOf(member), one);
  }

  /** Remembers that a term equals constants. */
  fix(origin: Origin, condition: Condition): void {
    this.#constants.set(keyOf(origin), condition);
  }

  /** All that equal a term, itself among them. */
  classOf(origin: Origin): Origin[] {
    const key = keyOf(origin);
    let members = this.#classes.get(key);
    if (!members) {
      members = [origin];
      this.#classes.set(key, members);
    }
    return members;
  }

  /** Tells the tables what follows: joins with each other, and the constants of their like. */
  spread(): void {
    for (const members of new Set(this.#classes.values())) {
      const constant = members.map((member) => this.#constants.get(keyOf(member))).find(Boolean);
      for (const { table, term, isBehindBarrier } of members) {
        for (const other of members)
          if (other.table !== table && !isBehindBarrier) table.join('equality', term, other.table);
        if (constant && !this.#constants.has(keyOf({ table, term })))
          table.restrict({ ...constant, term, columns: term.columns, predicate: undefined });
      }
    }
  }
}

function keyOf({ table, term }: Pick<Origin, 'table' | 'term'>): string {
  return `${table.id} ${term.kind} ${term.sql}`;
}
