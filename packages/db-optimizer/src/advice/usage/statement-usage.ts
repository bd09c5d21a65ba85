import type { Table } from '../../catalogue/catalogue.ts';

/** What an index can be keyed by: a column of a table, or an immutable expression over its columns. */
export interface KeyTerm {
  readonly kind: 'column' | 'expression';
  /** The column's name as in the catalogue, or the expression as SQL with bare column names, quoted where needed. */
  readonly sql: string;
  /** The columns it is made of. */
  readonly columns: readonly string[];
}

/**
 * What a condition is to an index: `equality` with one value, `list` with one of several (`in`, `= any`), `range`,
 * `prefix` of a text (`like 'ab%'`), `null` and `not null`; those that only another method than the b-tree can search:
 * `pattern` (`like '%ab%'`, `ilike`, `~`), `containment` (`@>`, `&&`, `?`…), `text search` (`@@`); or a `filter` that
 * none can, and that only a partial index can answer.
 */
export type ConditionKind =
  | 'equality'
  | 'list'
  | 'range'
  | 'prefix'
  | 'null'
  | 'not null'
  | 'pattern'
  | 'containment'
  | 'text search'
  | 'filter';

/** A condition on one table, against values that do not come from another one. */
export interface Condition {
  readonly kind: ConditionKind;
  /** What is compared; undefined for a filter over several columns. */
  readonly term: KeyTerm | undefined;
  /** As in SQL: `=`, `<`, `@>`, `~~`. */
  readonly operator: string;
  /** The constants it compares with, as text; empty where they are parameters. */
  readonly values: readonly string[];
  /** The columns it reads. */
  readonly columns: readonly string[];
  /**
   * The condition as SQL over bare column names, where it is made of constants and immutable functions alone: what
   * the predicate of a partial index may be.
   */
  readonly predicate: string | undefined;
  /** Whether it is one of several alternatives (`or`), which only a bitmap of several scans answers. */
  readonly isAlternative: boolean;
}

/** A comparison with a column of another table, or of the same one in another place of the statement. */
export interface JoinCondition {
  readonly kind: 'equality' | 'range';
  readonly term: KeyTerm;
  /** What it is compared with: the {@link TableUsage.id} of each table that could give the value. */
  readonly with: readonly number[];
}

export type OrderPurpose = 'order by' | 'group by' | 'distinct' | 'window' | 'minimum' | 'maximum';

/** An order of rows that saves a sort, or a hash table. */
export interface Ordering {
  readonly purpose: OrderPurpose;
  /** Those of the leading terms that are this table's. */
  readonly keys: readonly {
    readonly term: KeyTerm;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  /** Whether the keys may be in any order, as those of a GROUP BY. */
  readonly inAnyOrder: boolean;
  /** Whether all terms are this table's. */
  readonly isWhole: boolean;
  /** Whether only the first rows are wanted. */
  readonly isLimited: boolean;
}

/** What a statement asks of a table in one place of its text. */
export interface TableUsage {
  /** Of this place, within the statement. */
  readonly id: number;
  readonly table: Table;
  readonly alias: string;
  /** All of them hold for the rows that are wanted. */
  readonly conditions: readonly Condition[];
  /** One entry for each `or`: its branches, each with the conditions that hold in it. */
  readonly alternatives: readonly (readonly (readonly Condition[])[])[];
  readonly joins: readonly JoinCondition[];
  readonly orderings: readonly Ordering[];
  /** All columns that are read. */
  readonly columns: ReadonlySet<string>;
  /** Whether the row itself is read or locked, so that no index can stand in for the table. */
  readonly needsRow: boolean;
}

/** What a statement writes. */
export interface TableWrite {
  readonly table: Table;
  readonly kind: 'insert' | 'update' | 'delete';
  /** The columns an UPDATE assigns. */
  readonly columns: readonly string[];
}

export interface StatementUsage {
  readonly tables: readonly TableUsage[];
  readonly writes: readonly TableWrite[];
  /** Names of relations that are not in the catalogue, as they were written; none of the system's. */
  readonly unknown: readonly string[];
}
