import type { IndexDefinition } from '../catalogue/catalogue.ts';
import type { WhatIfMethod } from '../what-if/what-if.ts';
import type { WriteBill } from './write-bill.ts';

/** A query that an index helps. Costs are the planner's, for one run. */
export interface HelpedQuery {
  readonly id: string;
  readonly text: string;
  readonly calls: number;
  readonly costBefore: number;
  /** With everything that is recommended. */
  readonly costAfter: number;
}

export type Confidence = 'high' | 'medium' | 'low';

/** An index to make, and why. Nothing makes it but you. */
export interface IndexRecommendation {
  /** The same for the same index, whenever it is recommended. */
  readonly id: string;
  /** The name it has in `sql` and `script`. */
  readonly name: string;
  readonly definition: IndexDefinition;
  /** `CREATE INDEX CONCURRENTLY …`: one statement, not to be run within a transaction. */
  readonly sql: string;
  /** The same for psql, with a lock time-out, and a look at what an attempt that failed has left behind. */
  readonly script: string;
  /** What it serves, in plain words. */
  readonly reason: string;
  readonly queries: readonly HelpedQuery[];
  /** What the workload would cost more without it, in planner units by calls. */
  readonly costSaved: number;
  /** Of the workload's cost as it is. */
  readonly share: number;
  /** What it is expected to take. */
  readonly bytes: number;
  readonly writes: WriteBill;
  readonly verifiedBy: WhatIfMethod;
  readonly confidence: Confidence;
  /** What the numbers do not say. */
  readonly caveats: readonly string[];
}

/** An index that was thought of, and not recommended. */
export interface RejectedIndex {
  readonly definition: IndexDefinition;
  readonly reason: string;
  readonly bytes: number;
  /** What doing without it costs the workload; undefined where no plan used it. */
  readonly costSaved: number | undefined;
}

/** An index of another kind than the planner was asked about, such as GIN: try it on a copy. */
export interface UnverifiedIndex {
  readonly definition: IndexDefinition;
  /** `CREATE INDEX CONCURRENTLY …` */
  readonly sql: string;
  readonly reason: string;
  /** Texts of the queries that it may help. */
  readonly queries: readonly string[];
}

export interface AdvisedQuery {
  readonly id: string;
  readonly text: string;
  readonly calls: number;
  readonly costBefore: number;
  readonly costAfter: number;
  /** With every index that was thought of. */
  readonly costFloor: number;
}

export interface IndexAdvice {
  /** The one that saves most first. */
  readonly recommendations: readonly IndexRecommendation[];
  readonly rejected: readonly RejectedIndex[];
  readonly unverified: readonly UnverifiedIndex[];
  readonly queries: readonly AdvisedQuery[];
  /** Statements that no advice was made for, and why. */
  readonly skipped: readonly { readonly text: string; readonly reason: string }[];
  /** Weighted by calls. One query may own most of it: see `ratio` and `queries` too. */
  readonly cost: { readonly before: number; readonly after: number; readonly floor: number };
  /** The geometric mean over the queries of cost after by cost before. */
  readonly ratio: number;
  /** All that is recommended takes. */
  readonly bytes: number;
  readonly storageBudget: number;
  readonly verifiedBy: WhatIfMethod;
  readonly plannerCalls: number;
  readonly durationMs: number;
  /** Whether calls or time ran out, so that the choice may not be the best. */
  readonly isCutShort: boolean;
  /** What could not be read or used, and what would help. */
  readonly missing: readonly string[];
}
