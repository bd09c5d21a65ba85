export type {
  CheckResult,
  HealthCheck,
  HealthCheckDefinition,
  HealthCheckOptions,
  HealthKind,
  KnownStatus,
} from './check.ts';
export type { CheckReport } from './check-report.ts';
export { componentCheck } from './component-check.ts';
export type { DrainOptions, DrainResult } from './drain.ts';
export { HealthChecker, type RunOptions } from './health-checker.ts';
export type { HealthCheckerOptions } from './health-checker-options.ts';
export type { CheckChange, HealthEvents } from './health-events.ts';
export { type HealthPhase, type HealthSummary, healthScore } from './health-summary.ts';
export * from './http/index.ts';
export type { FailureReason } from './observation.ts';
