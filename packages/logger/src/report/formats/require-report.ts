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
  const { version, detailed, summary, notes } = given ?? {};
  if (version === 1 && isObject(detailed) && isObject(summary) && Array.isArray(notes)) return;
  throw new ConfigurationError(owner, [
    { path: 'report', value: report, expected: 'a performance report of version 1' },
  ]);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
