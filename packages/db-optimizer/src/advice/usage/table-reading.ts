import type { Table } from '../../catalogue/catalogue.ts';
import type { Condition, JoinCondition, KeyTerm, Ordering, TableUsage } from './statement-usage.ts';

/** A term of one table in one place of the statement. */
export interface Origin {
  readonly table: TableReading;
  readonly term: KeyTerm;
  /** Whether the rows are grouped, sorted out or cut off before: no join can look the value up in the table. */
  readonly isBehindBarrier: boolean;
}

/** A table in one place of the statement, while the statement is being read. */
export class TableReading {
  readonly id: number;
  readonly table: Table;
  readonly alias: string;
  readonly conditions: Condition[] = [];
  readonly alternatives: Condition[][][] = [];
  readonly orderings: Ordering[] = [];
  readonly #joins = new Map<string, { join: JoinCondition; with: Set<number> }>();
  readonly #columns = new Set<string>();
  #needsRow = false;

  constructor(id: number, table: Table, alias: string) {
    this.id = id;
    this.table = table;
    this.alias = alias;
  }

  has(column: string): boolean {
    return this.table.columns.some(({ name }) => name === column);
  }

  use(column: string): void {
    this.#columns.add(column);
  }

  /** The row itself is changed or locked. */
  useRow(): void {
    this.#needsRow = true;
  }

  /** Adds a condition unless one like it is there. */
  restrict(condition: Condition): void {
    const isThere = this.conditions.some(
      ({ kind, term, operator, values, predicate }) =>
        kind === condition.kind &&
        term?.sql === condition.term?.sql &&
        operator === condition.operator &&
        predicate === condition.predicate &&
        values.join('\0') === condition.values.join('\0'),
    );
    if (!isThere) this.conditions.push(condition);
  }

  join(kind: JoinCondition['kind'], term: KeyTerm, other: TableReading): void {
    const key = `${kind} ${term.sql}`;
    const known = this.#joins.get(key);
    if (known) known.with.add(other.id);
    else this.#joins.set(key, { join: { kind, term, with: [] }, with: new Set([other.id]) });
  }

  usage(): TableUsage {
    return {
      id: this.id,
      table: this.table,
      alias: this.alias,
      conditions: this.conditions,
      alternatives: this.alternatives,
      joins: [...this.#joins.values()].map(({ join, with: others }) => ({ ...join, with: [...others] })),
      orderings: this.orderings,
      columns: this.#columns,
      needsRow: this.#needsRow,
    };
  }
}
