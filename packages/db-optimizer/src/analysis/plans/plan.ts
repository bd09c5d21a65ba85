/** Blocks of 8 kB that a node and all below it touched. */
export interface BufferUse {
  readonly sharedHit: number;
  readonly sharedRead: number;
  readonly tempRead: number;
  readonly tempWritten: number;
}

/** What a node did when it ran. */
export interface NodeRun {
  /** Mean of each loop in ms, children included; undefined where timing was off. */
  readonly startupMs: number | undefined;
  readonly totalMs: number | undefined;
  /** Mean of each loop; PostgreSQL 18 gives fractions, older ones whole numbers. */
  readonly rows: number;
  /** Times it was started, in all processes together; 0: never. */
  readonly loops: number;
}

/** One node of a plan. */
export interface PlanNode {
  /** Its place in {@link Plan.nodes}. */
  readonly position: number;
  /** As EXPLAIN names it: `Seq Scan`. */
  readonly type: string;
  /** `Outer`, `Inner`, `Member`, `Subquery`, `InitPlan`, `SubPlan`; undefined for the root. */
  readonly relationship: string | undefined;
  /** `CTE recent`, `InitPlan 1 (returns $0)`. */
  readonly subplan: string | undefined;
  /** `Inner`, `Left`, `Semi`… */
  readonly joinType: string | undefined;
  /** Whether a join looks for one match only. */
  readonly innerUnique: boolean;
  /** `Plain`, `Sorted`, `Hashed`, `Mixed` of an aggregation or a set operation. */
  readonly strategy: string | undefined;
  /** `Simple`, `Partial`, `Finalize`. */
  readonly partialMode: string | undefined;
  /** `Insert`, `Update`, `Delete`, `Merge` of a node that changes rows. */
  readonly operation: string | undefined;
  readonly schema: string | undefined;
  readonly relation: string | undefined;
  readonly alias: string | undefined;
  readonly index: string | undefined;
  readonly scanDirection: string | undefined;
  /** The CTE it reads. */
  readonly cte: string | undefined;
  readonly isParallelAware: boolean;
  readonly cost: { readonly startup: number; readonly total: number };
  /** Estimated for each loop. */
  readonly rows: number;
  /** Bytes of a row. */
  readonly width: number;
  /** Undefined for a plan that was not run. */
  readonly run: NodeRun | undefined;
  /** Expressions by the name EXPLAIN gives them: `Filter`, `Index Cond`, `Hash Cond`… */
  readonly conditions: Readonly<Record<string, string>>;
  readonly sortKeys: readonly string[];
  readonly groupKeys: readonly string[];
  /** Rows each loop threw away, in the mean. */
  readonly removed: { readonly filter: number; readonly joinFilter: number; readonly recheck: number };
  readonly sort: { readonly method: string; readonly bytes: number; readonly isOnDisk: boolean } | undefined;
  readonly hash:
    | { readonly batches: number; readonly plannedBatches: number; readonly peakBytes: number }
    | undefined;
  readonly aggregation:
    | { readonly batches: number; readonly diskBytes: number; readonly peakBytes: number }
    | undefined;
  readonly bitmap: { readonly exactPages: number; readonly lossyPages: number } | undefined;
  /** Rows that an index-only scan had to look up in the table after all. */
  readonly heapFetches: number | undefined;
  readonly workers: { readonly planned: number; readonly launched: number | undefined } | undefined;
  readonly buffers: BufferUse | undefined;
  readonly children: readonly PlanNode[];
}

/** What EXPLAIN says of a statement, of PostgreSQL 14 to 18. */
export interface Plan {
  readonly root: PlanNode;
  /** Every node, a parent before its children. */
  readonly nodes: readonly PlanNode[];
  /** Whether it was run: EXPLAIN ANALYZE. */
  readonly isAnalyzed: boolean;
  readonly planningMs: number | undefined;
  readonly executionMs: number | undefined;
  readonly triggers: readonly {
    readonly name: string;
    readonly constraint: string | undefined;
    readonly relation: string | undefined;
    readonly calls: number;
    readonly totalMs: number | undefined;
  }[];
  readonly jit: { readonly functions: number; readonly totalMs: number | undefined } | undefined;
  /** Planner settings that differ from their defaults, where EXPLAIN was asked for them. */
  readonly settings: Readonly<Record<string, string>>;
}
