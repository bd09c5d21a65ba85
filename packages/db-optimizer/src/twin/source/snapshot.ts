/** What the planner of a database goes by, as plain data: no row of any table. */
export interface SourceSnapshot {
  /** As `server_version_num`. */
  readonly version: number;
  readonly searchPath: string;
  /** Planner settings and those that texts of values depend on. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether its default collation sorts by bytes, as `C` does. */
  readonly isByteOrdered: boolean;
  readonly schemas: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly schema: string }[];
  readonly collations: readonly {
    readonly schema: string;
    readonly name: string;
    readonly isByteOrdered: boolean;
  }[];
  readonly types: readonly SourceType[];
  readonly functions: readonly { readonly name: string; readonly sql: string }[];
  readonly relations: readonly SourceRelation[];
  readonly indexes: readonly SourceIndex[];
  readonly constraints: readonly SourceConstraint[];
  readonly statistics: readonly SourceStatistics[];
  readonly extendedStatistics: readonly SourceExtendedStatistics[];
  /** What could not be read, in plain words with the grant that would help. */
  readonly missing: readonly string[];
}

interface SourceType {
  readonly name: string;
  readonly kind: 'enum' | 'domain' | 'composite' | 'range';
  /** What stands after `create type … as`, or `create domain … as`. */
  readonly definition: string;
}

export interface SourceColumn {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  /** Qualified, where it is not the type's own. */
  readonly collation: string | null;
  readonly isByteOrdered: boolean;
  readonly notNull: boolean;
  /** The expression of a column that is computed when read. */
  readonly virtual: string | null;
}

export interface SourceRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned' | 'materialised view' | 'view';
  /** `pg_class.reltuples`; below 0 before the first VACUUM or ANALYZE. */
  readonly tuples: number;
  /** `pg_class.relpages`: pages when the tuples were counted. */
  readonly analyzedPages: number;
  readonly visiblePages: number;
  /** Pages now; 0 of what has no file. */
  readonly pages: number;
  readonly options: readonly string[];
  readonly columns: readonly SourceColumn[];
  /** `range (a)` of a partitioned table. */
  readonly partitionKey: string | null;
  /** `FOR VALUES …` of a partition. */
  readonly bound: string | null;
  readonly parents: readonly number[];
  /** The query of a view. */
  readonly definition: string | null;
}

export interface SourceIndex {
  readonly oid: number;
  readonly table: number;
  readonly schema: string;
  readonly name: string;
  readonly method: string;
  readonly sql: string;
  readonly isValid: boolean;
  readonly tuples: number;
  readonly analyzedPages: number;
  readonly pages: number;
  /** Of a partition's index. */
  readonly parent: number | null;
  /** What stands after `add constraint …` where the index belongs to one. */
  readonly constraint: string | null;
}

export interface SourceConstraint {
  readonly table: number;
  readonly name: string;
  readonly definition: string;
  readonly kind: 'foreign key' | 'check';
}

/** A row of `pg_stats`, as `pg_restore_attribute_stats` takes it. */
export interface SourceStatistics {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  readonly inherited: boolean;
  readonly null_frac: number;
  readonly avg_width: number;
  readonly n_distinct: number;
  readonly most_common_vals: string | null;
  readonly most_common_freqs: readonly number[] | null;
  readonly histogram_bounds: string | null;
  readonly correlation: number | null;
  readonly most_common_elems: string | null;
  readonly most_common_elem_freqs: readonly number[] | null;
  readonly elem_count_histogram: readonly number[] | null;
  readonly range_length_histogram?: string | null;
  readonly range_empty_frac?: number | null;
  readonly range_bounds_histogram?: string | null;
}

/** Statistics over several columns (`create statistics`). */
export interface SourceExtendedStatistics {
  readonly schema: string;
  readonly name: string;
  readonly table: number;
  readonly sql: string;
  readonly inherited: boolean;
  /** `{"1, 2": 33178}`: column numbers of the source, and the distinct values of them together. */
  readonly distinct: string | null;
  /** `{"1 => 2": 0.9}`. */
  readonly dependencies: string | null;
  readonly common: {
    /** One for each value of each column, in the order of the statistics' keys; null for NULL. */
    readonly values: readonly (readonly (string | null)[])[];
    readonly frequencies: readonly number[];
    readonly baseFrequencies: readonly number[];
  } | null;
}
