import type { Recommendation } from '@evenkeel/core';
import type { IndexAdvice } from '../../advice/recommendation.ts';
import type { QueryReport } from '../../queries/query-report.ts';
import type { RepeatedQuery } from '../../queries/repeated-queries.ts';
import type { IndexAnalysis } from '../indexes/analyze-indexes.ts';
import type { PlanFinding } from '../plans/findings/plan-finding.ts';
import type { PlanChange } from '../plans/plan-history.ts';
import type { StaleStatistics } from '../statistics/stale-statistics.ts';

/** A group of like statements that takes long. */
export type SlowQueryReport = Pick<
  QueryReport,
  'id' | 'normalized' | 'calls' | 'meanMs' | 'p95Ms' | 'totalMs' | 'share'
>;

/** What was found in the plan of one query. */
export interface QueryFindings {
  readonly query: { readonly id: string; readonly text: string };
  readonly findings: readonly PlanFinding[];
}

/** Whatever is known; what is absent is not spoken of. */
export interface SuggestionSources {
  readonly advice?: Pick<IndexAdvice, 'recommendations'>;
  readonly indexes?: IndexAnalysis;
  readonly statistics?: readonly StaleStatistics[];
  readonly slowQueries?: readonly SlowQueryReport[];
  readonly repeatedQueries?: readonly RepeatedQuery[];
  readonly findings?: readonly QueryFindings[];
  /** Changes of plans, oldest first: `PlanHistory.changes()`. */
  readonly plans?: readonly PlanChange[];
  /** Taken as they are. */
  readonly pool?: readonly Recommendation[];
  /** What could not be read, with the grant that would help. */
  readonly missing?: readonly string[];
}
