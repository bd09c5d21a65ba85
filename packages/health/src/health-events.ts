import type { HealthStatus } from '@evenkeel/core';
import type { KnownStatus } from './check.ts';
import type { DrainResult } from './drain.ts';
import type { HealthSummary } from './health-summary.ts';

/** A check whose status has changed. */
export interface CheckChange {
  readonly name: string;
  readonly from: KnownStatus;
  readonly to: KnownStatus;
}

export interface HealthEvents {
  /** The status of the whole has changed, judged by the checks that are known. */
  health_changed: {
    readonly from: KnownStatus;
    readonly to: HealthStatus;
    /** The checks that changed since the status of the whole last did. */
    readonly checks: readonly CheckChange[];
    readonly summary: HealthSummary;
  };
  /** The status of one check has changed. */
  check_changed: CheckChange & { readonly message: string };
  draining: { readonly delayMs: number; readonly deadlineMs: number };
  drained: DrainResult;
}
