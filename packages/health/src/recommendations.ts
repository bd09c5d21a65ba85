import type { Recommendation } from '@evenkeel/core';
import type { CheckReport } from './check-report.ts';

/** Advice for each check that is not healthy. */
export function recommendationsFor(reports: readonly CheckReport[]): Recommendation[] {
  return reports.flatMap((report) => {
    const { name, status, critical, message, consecutiveFailures, lateRuns } = report;
    if (status !== 'warning' && status !== 'critical') return [];
    const severe = status === 'critical';
    return [
      {
        id: `health:${name}`,
        component: 'health',
        priority: severe ? (critical ? 'critical' : 'high') : 'medium',
        message: `Look into the health check ${JSON.stringify(name)}, which is ${severe ? 'critical' : 'warning'}: ${message}`,
        evidence: { check: name, status, consecutiveFailures, lateRuns, ...report.details },
        automated: false,
      } satisfies Recommendation,
    ];
  });
}
