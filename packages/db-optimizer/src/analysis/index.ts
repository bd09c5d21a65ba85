export { type AnalyzeIndexesOptions, analyzeIndexes, type IndexAnalysis } from './indexes/analyze-indexes.ts';
export { confirmDrops } from './indexes/confirm-drops.ts';
export type {
  DropConfidence,
  IndexFinding,
  MissingForeignKeyIndex,
  SeenQuery,
} from './indexes/index-finding.ts';
export type { WriteBurden } from './indexes/write-burden.ts';
export { compareGenericPlan, type GenericPlanComparison } from './plans/compare-generic-plan.ts';
export { type NodeTime, timePlan } from './plans/exclusive-time.ts';
export {
  type ExplainQueryOptions,
  ExplainRefusedError,
  explainQuery,
  type StatementReader,
} from './plans/explain-query.ts';
export { findInPlan } from './plans/find-in-plan.ts';
export type { PlanFinding, PlanFindingKind } from './plans/findings/plan-finding.ts';
export { PlanFormatError, parsePlan } from './plans/parse-plan.ts';
export type { BufferUse, NodeRun, Plan, PlanNode } from './plans/plan.ts';
export { planFingerprint, planShape } from './plans/plan-fingerprint.ts';
export {
  type PlanChange,
  PlanHistory,
  type PlanHistoryOptions,
  type PlanObservation,
  type SeenPlan,
} from './plans/plan-history.ts';
export { type StaleStatistics, staleStatistics } from './statistics/stale-statistics.ts';
export type {
  QueryFindings,
  SlowQueryReport,
  SuggestionSources,
} from './suggestions/suggestion-sources.ts';
export { suggestionsOf } from './suggestions/suggestions-of.ts';
