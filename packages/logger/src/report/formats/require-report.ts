import { ConfigurationError } from '@evenkeel/core';
import type { PerformanceReport } from '../report.ts';

/**
 * Tells a report from what is none, before a format meets it. Cheap: reports are made by this package and read by
 * `parseReport`, which looks at everything.
 *
 * @throws ConfigurationError
 */
export function requireReport(owner: string, report: PerformanceReport): void {
  const given: Partial<PerformanceReport> | null | undefined = report;
  if (given?.version === 1 && typeof given.detailed === 'object' && Array.isArray(given.notes)) return;
  throw new ConfigurationError(owner, [
    { path: 'report', value: report, expected: 'a performance report of version 1' },
  ]);
}
