import type { IndexAdvice } from './advice/recommendation.ts';
import type { PlanChange } from './analysis/index.ts';
import type { ExecutionCounts } from './execution/execution-counts.ts';
import type { PoolSnapshot } from './pool/pool-monitor.ts';
import type { QueryLog, QueryLogLosses } from './queries/query-log.ts';
import type { QueryReport } from './queries/query-report.ts';
import type { RepeatedQuery } from './queries/repeated-queries.ts';
import type { Survey } from './survey/database-survey.ts';

/** An index that is advised, in short. */
export interface AdvisedIndex {
  readonly id: string;
  readonly schema: string;
  /** The name it has in `sql`. */
  readonly name: string;
  readonly sql: string;
  readonly reason: string;
  readonly bytes: number;
  /** What it saves of the workload's cost. */
  readonly share: number;
  readonly confidence: string;
  readonly verifiedBy: string;
  /** Queries it helps: their cost before and after, by the planner. */
  readonly queries: readonly {
    readonly id: string;
    readonly text: string;
    readonly costBefore: number;
    readonly costAfter: number;
  }[];
}

/** How the database does, as plain data. */
export interface DatabaseSnapshot {
  /** Time the figures of statements are of, in ms. */
  readonly windowMs: number;
  /** Those that took most time, at most 20. */
  readonly statements: readonly QueryReport[];
  readonly slowQueries: readonly QueryReport[];
  readonly repeatedQueries: readonly RepeatedQuery[];
  /** Undefined while there is no database. */
  readonly execution: ExecutionCounts | undefined;
  readonly pools: readonly PoolSnapshot[];
  /** Of the last advice; empty while there is none. */
  readonly advisedIndexes: readonly AdvisedIndex[];
  /** Epoch ms; undefined before the first survey. */
  readonly surveyedAt: number | undefined;
  readonly planChanges: readonly PlanChange[];
  readonly losses: QueryLogLosses;
}

/* More is not looked at. */
const MAX_LISTED = 20;
const MAX_TEXT = 500;

export interface SnapshotParts {
  readonly log: QueryLog;
  readonly counts: ExecutionCounts | undefined;
  readonly pools: readonly PoolSnapshot[];
  readonly survey: Survey | undefined;
  readonly advice: IndexAdvice | undefined;
  readonly planChanges: readonly PlanChange[];
}

export function snapshotOf({
  log,
  counts,
  pools,
  survey,
  advice,
  planChanges,
}: SnapshotParts): DatabaseSnapshot {
  return {
    windowMs: log.windowMs,
    statements: log.statements().slice(0, MAX_LISTED).map(shortened),
    slowQueries: log.slowQueries().slice(0, MAX_LISTED).map(shortened),
    repeatedQueries: log.repeatedQueries().slice(0, MAX_LISTED),
    execution: counts,
    pools,
    advisedIndexes: (advice?.recommendations ?? []).slice(0, MAX_LISTED).map((each) => ({
      id: each.id,
      schema: each.definition.schema,
      name: each.name,
      sql: each.sql,
      reason: each.reason,
      bytes: each.bytes,
      share: each.share,
      confidence: each.confidence,
      verifiedBy: each.verifiedBy,
      queries: each.queries.slice(0, MAX_LISTED).map(({ id, text, costBefore, costAfter }) => {
        return { id, text: text.slice(0, MAX_TEXT), costBefore, costAfter };
      }),
    })),
    surveyedAt: survey?.at,
    planChanges: planChanges.slice(-MAX_LISTED),
    losses: log.losses,
  };
}

function shortened(report: QueryReport): QueryReport {
  return { ...report, normalized: report.normalized.slice(0, MAX_TEXT) };
}
