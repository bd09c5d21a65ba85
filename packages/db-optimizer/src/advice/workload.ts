/** A query of a workload, as the advisor takes it. */
export interface WorkloadQuery {
  /** One statement; `$n` where it has parameters. */
  readonly text: string;
  /** How often it runs, in any unit the whole workload shares. @defaultValue 1 */
  readonly calls?: number;
  /** Values that were seen for `$1`, `$2`…; without any the generic plan is costed. */
  readonly samples?: readonly (readonly unknown[])[];
  /** Rows it gives or changes, in the mean: what a write costs every index. @defaultValue 1 */
  readonly rows?: number;
}

/** A query that was read, and made ready for the planner. */
export interface ExplainableQuery {
  readonly id: string;
  /** As it was given. */
  readonly text: string;
  readonly weight: number;
  /**
   * Texts to cost, each with its share of the weight: with the values of a sample in place of its parameters, or with
   * `$n`, to be planned generically (`parameters` of them).
   */
  readonly variants: readonly {
    readonly text: string;
    readonly share: number;
    readonly parameters: number;
  }[];
}
