import type { Priority } from '@evenkeel/core';
import type { HistorySlice } from '../../history/history.ts';
import type { MetricAnalysis } from '../metric-analysis.ts';
import type { BenchmarkReport, EventReport, ReportAnomaly, ReportRecommendation } from '../report.ts';
import type { FoundTrend } from '../trend-reports.ts';

/** What advice is drawn from. */
export interface Findings {
  readonly current: HistorySlice;
  readonly previous: HistorySlice | undefined;
  readonly metrics: readonly MetricAnalysis[];
  readonly trends: readonly FoundTrend[];
  readonly anomalies: readonly ReportAnomaly[];
  readonly benchmarks: readonly BenchmarkReport[];
  readonly events: readonly EventReport[];
  /** `the hour before`. */
  readonly before: string;
}

/** Begins the identity of all advice that a report gives itself. */
export const OWN_ADVICE = 'report:';

/* An identity is kept and compared; a name may be of any length. */
const LONGEST_ID = 200;

/** The same for the same advice on the same subject. */
export function adviceId(kind: string, subject: string): string {
  return `${OWN_ADVICE}${kind}:${subject}`.slice(0, LONGEST_ID);
}

export const PRIORITY_RANK: Readonly<Record<Priority, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** The most urgent first, then by identity; of several with one identity the first. */
export function sortAdvice(advice: readonly ReportRecommendation[]): ReportRecommendation[] {
  const byId = new Map<string, ReportRecommendation>();
  for (const each of advice) if (!byId.has(each.id)) byId.set(each.id, each);
  return [...byId.values()].sort(
    (a, b) => PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority] || (a.id < b.id ? -1 : 1),
  );
}
