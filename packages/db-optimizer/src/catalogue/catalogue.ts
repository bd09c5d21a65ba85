import type { View } from './views.ts';

/** What the planner knows of a column: a row of `pg_stats`. */
export interface ColumnStatistics {
  /** Distinct values; below 0 it is their negative share of the rows, as PostgreSQL keeps it. */
  readonly distinct: number;
  readonly nullFraction: number;
  /** Bytes a value takes in the mean. */
  readonly averageWidth: number;
  /** Standard deviation of the widths, in bytes; undefined where it is not known. */
  readonly widthDeviation?: number;
  /** How the physical order follows the values, from -1 to 1; undefined where there is no order. */
  readonly correlation: number | undefined;
  /** The most common values as text with the share of each, falling; empty where the role may not read them. */
  readonly common: readonly { readonly value: string; readonly frequency: number }[];
}

export interface Column {
  readonly name: string;
  /** As in `pg_attribute.attnum`. */
  readonly number: number;
  /** As `format_type` writes it: `character varying(40)`. */
  readonly type: string;
  /** Bytes of the type, or -1 where it varies (`pg_type.typlen`). */
  readonly typeLength: number;
  /** Alignment in bytes: 1, 2, 4, 8. */
  readonly alignment: number;
  readonly notNull: boolean;
  /** Undefined before the first ANALYZE, or where the role may not read the column. */
  readonly statistics: ColumnStatistics | undefined;
}

/** One key of an index. */
export type IndexKey = {
  /** A column's name, or else an expression as SQL. */
  readonly kind: 'column' | 'expression';
  readonly sql: string;
  readonly descending?: boolean;
  /** @defaultValue first where descending, else last, as in PostgreSQL */
  readonly nulls?: 'first' | 'last';
  /** @defaultValue that of the type */
  readonly operatorClass?: string;
};

/** An index, there or thought of. Names are as in the catalogue: not quoted. */
export interface IndexDefinition {
  readonly schema: string;
  readonly table: string;
  /** As in `pg_am`: `btree`, `gin`, `brin`… */
  readonly method: string;
  readonly keys: readonly IndexKey[];
  /** Names of the columns it carries along. */
  readonly include: readonly string[];
  /** The predicate of a partial index, as SQL. */
  readonly where: string | undefined;
}

export interface ExistingIndex extends IndexDefinition {
  readonly oid: number;
  readonly name: string;
  readonly bytes: number;
  readonly pages: number;
  /** As `pg_get_indexdef` writes it. */
  readonly sql: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  /** `primary key`, `unique` or `exclusion` where the index carries that constraint. */
  readonly constraint: string | undefined;
  readonly isReplicaIdentity: boolean;
  readonly isClustered: boolean;
  readonly isValid: boolean;
  /** Scans since the statistics were reset. */
  readonly scans: number;
  /** Epoch ms of the last scan; undefined before PostgreSQL 16, or never scanned. */
  readonly lastScan: number | undefined;
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: {
    readonly schema: string;
    readonly table: string;
    readonly columns: readonly string[];
  };
  /** Whether deleting the referenced row does something here: `cascade`, `set null`… */
  readonly onDelete: 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';
}

export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned' | 'partition' | 'materialised view';
  /** The partitioned table that a partition belongs to. */
  readonly parent: { readonly schema: string; readonly name: string } | undefined;
  /** The planner's estimate of its rows (`pg_class.reltuples`); undefined before the first VACUUM or ANALYZE. */
  readonly rows: number | undefined;
  readonly pages: number;
  /** Share of the pages that an index-only scan need not visit. @defaultValue 1 */
  readonly visibleShare?: number;
  /** Bytes of the heap. */
  readonly bytes: number;
  readonly columns: readonly Column[];
  readonly indexes: readonly ExistingIndex[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Where extended statistics of this kind exist and may be read. @defaultValue none */
  readonly distinctTogether?: readonly DistinctTogether[];
  /** Since the statistics were reset. */
  readonly activity: {
    readonly inserts: number;
    readonly updates: number;
    /** Updates that no index had to follow. */
    readonly hotUpdates: number;
    readonly deletes: number;
    readonly sequentialScans: number;
    readonly indexScans: number;
    /** Rows changed since the last ANALYZE. */
    readonly modifiedSinceAnalyze: number;
    /** Epoch ms; undefined if never. */
    readonly lastAnalyze: number | undefined;
  };
}

/** Distinct values of columns together, from extended statistics. */
export interface DistinctTogether {
  readonly columns: readonly string[];
  /** As in {@link ColumnStatistics}. */
  readonly distinct: number;
}

/** What is in the database, as far as the role may see it. Read once, then never changed. */
export interface Catalogue {
  /** As `server_version_num`: 150018. */
  readonly version: number;
  readonly searchPath: readonly string[];
  /** The planner's settings that differ from their defaults, and those the cost model needs. */
  readonly settings: ReadonlyMap<string, string>;
  readonly tables: readonly Table[];
  /** Undefined where they were not read. */
  readonly views?: readonly View[] | undefined;
  /** Names of the extensions that are installed in the database; undefined where that was not read. */
  readonly extensions?: readonly string[];
  /** Epoch ms when the activity counts began; undefined if never reset. */
  readonly statisticsSince: number | undefined;
  /** What could not be read, in plain words with the grant that would help. */
  readonly missing: readonly string[];
  /** The table of that name, by the search path where no schema is given. */
  find(name: string, schema?: string): Table | undefined;
}
