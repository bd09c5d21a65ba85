import type { ReportMessage } from './delivery.ts';
import { toHtml, toMarkdown } from './formats/index.ts';
import type { PerformanceReport, ReportRecommendation, Verdict } from './report.ts';
import { clipped } from './words.ts';

const STATE: Readonly<Record<Verdict, string>> = {
  critical: 'critical',
  warning: 'needs attention',
  good: 'all is well',
  unknown: 'nothing to judge by',
};

/* What mailboxes show of a subject. */
const LONGEST_SUBJECT = 150;

/** The message that brings a scheduled report. */
export function reportMessage(report: PerformanceReport): ReportMessage {
  const { verdict } = report.summary;
  return {
    ...pageOf(report),
    subject: subject(`${report.title}, ${report.timeRange.label}: ${STATE[verdict]}`),
    severity: verdict === 'critical' || verdict === 'warning' ? verdict : 'info',
  };
}

/** The message on findings that cannot wait for the next report. */
export function criticalMessage(
  report: PerformanceReport,
  findings: readonly ReportRecommendation[],
): ReportMessage {
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  return {
    ...pageOf(report),
    subject: subject(`${report.title}, critical: ${findings[0]?.message ?? ''}${more}`),
    severity: 'critical',
  };
}

function pageOf(report: PerformanceReport): { readonly text: string; readonly html: string } {
  // The values of the charts are for the page; a message is to be read.
  return { text: toMarkdown(report, { values: false }), html: toHtml(report) };
}

function subject(text: string): string {
  return clipped(text, LONGEST_SUBJECT);
}
