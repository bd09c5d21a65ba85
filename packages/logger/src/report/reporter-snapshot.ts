import type { Recommendation } from '@evenkeel/core';
import { OWN_ADVICE } from './advice/advice.ts';
import type { PerformanceReport, ReportRange, ReportSummary } from './report.ts';

/** What a reporter is doing, as plain data. */
export interface ReporterSnapshot {
  readonly isRunning: boolean;
  readonly schedules: readonly {
    readonly intervalMs: number;
    readonly recipients: readonly string[];
    /** The end of what was reported last, in ms since 1970. */
    readonly coveredUntil: number;
    /** When the next report is due, in ms since 1970. */
    readonly nextAt: number;
  }[];
  /** In `reportHistory`. */
  readonly reports: number;
  readonly lastReport?: { readonly timeRange: ReportRange; readonly summary: ReportSummary };
  /** Identities of what is critical and was told. */
  readonly criticalFindings: readonly string[];
  /** Messages that the delivery has not taken yet. */
  readonly waiting: number;
  /** Messages that were given up. */
  readonly undelivered: number;
  /** What went wrong last; absent once a scheduled report was made, or a message delivered, since. */
  readonly lastFailure?: string;
}

/** The advice that a report gave itself; that of the host is known to the host. */
export function recommendationsFrom(report: PerformanceReport | undefined): Recommendation[] {
  const own = report?.recommendations.filter(({ id }) => id.startsWith(OWN_ADVICE)) ?? [];
  return own.map(({ id, priority, message, evidence, area }) => ({
    id,
    component: 'logger',
    priority,
    message,
    evidence: { area, findings: evidence, timeRange: report?.timeRange },
    automated: false,
  }));
}
