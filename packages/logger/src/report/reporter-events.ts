import type { PerformanceReport, ReportRecommendation } from './report.ts';

export interface ReporterEvents {
  report_generated: { readonly report: PerformanceReport; readonly isScheduled: boolean };
  /** A delivery has taken charge of a report or of a message about critical findings. */
  report_delivered: {
    readonly subject: string;
    readonly recipients: readonly string[];
    /** Tries it took. */
    readonly attempts: number;
  };
  /** A report that was not asked for by a call could not be made (`history`) or was not taken (`delivery`). */
  report_failed: {
    readonly stage: 'history' | 'delivery';
    readonly error: Error;
    readonly willRetry: boolean;
  };
  /** Findings that are critical and were not known; once each until it is gone. */
  critical_finding: {
    readonly findings: readonly ReportRecommendation[];
    readonly report: PerformanceReport;
  };
}
