import type { WorkloadQuery } from '../../src/advice/workload.ts';

/** A query by its name in reports. */
export interface NamedQuery extends WorkloadQuery {
  readonly name: string;
}

/** Tables, what fills them, and what is asked of them. All of it is the same whenever it is made anew. */
export interface Workload {
  readonly name: string;
  /** What it is like, in a line. */
  readonly about: string;
  /** The tables without any key or index. */
  readonly tables: readonly string[];
  /** The primary keys, and what else an application would have from the start. */
  readonly keys: readonly string[];
  /** Statements that fill the tables; 1 is the usual number of rows. */
  fill(scale: number): readonly string[];
  readonly queries: readonly NamedQuery[];
  /** What the application writes, in the unit of the queries' `calls`; empty where nothing is told of it. */
  readonly writes: readonly NamedQuery[];
}
