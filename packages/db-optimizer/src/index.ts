export type { RecommendIndexesOptions, WorkloadSource } from './advice/recommend-options.ts';
export type {
  AdvisedQuery,
  Confidence,
  HelpedQuery,
  IndexAdvice,
  IndexRecommendation,
  RejectedIndex,
  UnverifiedIndex,
} from './advice/recommendation.ts';
export type { ExplainableQuery, WorkloadQuery } from './advice/workload.ts';
export type { WriteBill } from './advice/write-bill.ts';
export {
  type DropConfidence,
  ExplainRefusedError,
  type GenericPlanComparison,
  type IndexAnalysis,
  type IndexFinding,
  type MissingForeignKeyIndex,
  type Plan,
  type PlanChange,
  type PlanFinding,
  type PlanFindingKind,
  PlanFormatError,
  type PlanNode,
  type SeenPlan,
  type StaleStatistics,
  type WriteBurden,
} from './analysis/index.ts';
export type {
  Catalogue,
  Column,
  ColumnStatistics,
  ExistingIndex,
  ForeignKey,
  IndexDefinition,
  IndexKey,
  Table,
} from './catalogue/catalogue.ts';
export type { DatabaseEvents } from './database-events.ts';
export { DatabaseOptimizer } from './database-optimizer.ts';
export type { DatabaseOptimizerOptions } from './database-optimizer-options.ts';
export type { AdvisedIndex, DatabaseSnapshot } from './database-snapshot.ts';
export type { ExecutedResult } from './execution/connections/connection.ts';
export { OutcomeUnknownError, TransactionAbortedError } from './execution/errors.ts';
export type { ExecutionCounts } from './execution/execution-counts.ts';
export type { ExecuteOptions, IsolationLevel, TransactionOptions } from './execution/execution-options.ts';
export type { FailureKind } from './execution/failure.ts';
export type { RetryEvent } from './execution/retries.ts';
export type { TransactionCallback } from './execution/run-transaction.ts';
export type { Transaction } from './execution/transaction.ts';
export type { InstrumentablePool } from './instrument/instrumentable.ts';
export {
  type AdaptiveCallOptions,
  AdaptivePool,
  type AdaptivePoolEvents,
  type AdaptivePoolStatistics,
  type ConnectionPool,
  type PooledConnection,
} from './pool/adaptive-pool.ts';
export { PoolQueueFullError, PoolQueueTimeoutError } from './pool/adaptive-pool-errors.ts';
export type { AdaptivePoolOptions } from './pool/adaptive-pool-options.ts';
export type { Leak, PoolSnapshot } from './pool/pool-monitor.ts';
export type { QueryLogLosses, SlowQueryEvent } from './queries/query-log.ts';
export type { QueryReport } from './queries/query-report.ts';
export type { RepeatedQuery } from './queries/repeated-queries.ts';
export type { RedactParameter } from './queries/run-samples.ts';
export { SqlError, type SqlErrorCode } from './sql/sql-error.ts';
export type { StatementKind } from './sql/statement.ts';
export type { WhatIfFactory } from './what-if/choose-what-if.ts';
export { PlanError } from './what-if/plan-error.ts';
export type { PlannedCost, WhatIf, WhatIfMethod } from './what-if/what-if.ts';
