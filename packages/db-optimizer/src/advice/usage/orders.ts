import type { EqualTerms } from './equal-terms.ts';
import type { Ordering, OrderPurpose } from './statement-usage.ts';
import type { Origin, TableReading } from './table-reading.ts';

/** A term to order by, wherever it comes from. */
export interface OrderTerm {
  readonly origins: readonly Origin[];
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

interface Wanted {
  readonly purpose: OrderPurpose;
  readonly terms: readonly OrderTerm[];
  readonly inAnyOrder: boolean;
  readonly isLimited: boolean;
}

/** The orders a statement wants, told to the tables once it is known which of their columns are equal. */
export class Orders {
  readonly #wanted: Wanted[] = [];
  readonly #equal: EqualTerms;

  constructor(equal: EqualTerms) {
    this.#equal = equal;
  }

  add(
    purpose: OrderPurpose,
    terms: readonly OrderTerm[],
    { inAnyOrder = false, isLimited = false }: { inAnyOrder?: boolean; isLimited?: boolean } = {},
  ): void {
    if (terms.length > 0) this.#wanted.push({ purpose, terms, inAnyOrder, isLimited });
  }

  spread(): void {
    for (const wanted of this.#wanted) {
      const terms = wanted.terms.map(({ origins, ...term }) => ({
        ...term,
        origins: origins.flatMap((origin) => this.#equal.classOf(origin)),
      }));
      const tables = new Set(terms.flatMap(({ origins }) => origins.map(({ table }) => table)));
      for (const table of tables) {
        const ordering = orderingOf(table, { ...wanted, terms });
        if (ordering) table.orderings.push(ordering);
      }
    }
  }
}

/** A term of no particular direction, as those of a GROUP BY. */
export function ascending(origins: readonly Origin[]): OrderTerm {
  return { origins, descending: false, nullsFirst: false };
}

function orderingOf(table: TableReading, { terms, ...wanted }: Wanted): Ordering | undefined {
  const keys: Ordering['keys'][number][] = [];
  for (const { origins, descending, nullsFirst } of terms) {
    const own = origins.find((origin) => origin.table === table);
    if (own) keys.push({ term: own.term, descending, nullsFirst });
    else if (!wanted.inAnyOrder) break;
  }
  return keys.length === 0 ? undefined : { ...wanted, keys, isWhole: keys.length === terms.length };
}
