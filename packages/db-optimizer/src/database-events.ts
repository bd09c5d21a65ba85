import type { Recommendation } from '@evenkeel/core';
import type { PlanChange } from './analysis/index.ts';
import type { RetryEvent } from './execution/retries.ts';
import type { SlowQueryEvent } from './queries/query-log.ts';
import type { RepeatedQuery } from './queries/repeated-queries.ts';

/** Events of `DatabaseOptimizer`, besides `error`. */
export interface DatabaseEvents {
  /** A run was slow, by the threshold or beside the statement's own history; at most 60 a minute. */
  slow_query: SlowQueryEvent;
  /** A statement has begun to repeat within a request. */
  repeated_query: RepeatedQuery;
  /** A query or transaction is tried once more. */
  query_retried: RetryEvent;
  /** A statement is planned in another way than at the last look. */
  plan_changed: PlanChange;
  /** A survey has ended: all there is to suggest by now. */
  surveyed: { readonly suggestions: readonly Recommendation[]; readonly durationMs: number };
}
