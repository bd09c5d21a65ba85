import { ConfigurationError } from '@evenkeel/core';
import type { PerformanceReport } from '../report.ts';
import { checkReport } from './report-schema.ts';
import { requireReport } from './require-report.ts';

/**
 * The report as JSON, indented, with a line feed at its end. {@link parseReport} gives back an equal report.
 *
 * @throws ConfigurationError where it is given something else than a report
 */
export function toJson(report: PerformanceReport): string {
  requireReport('toJson', report);
  return `${JSON.stringify(report, null, 2)}\n`;
}

/**
 * Reads what {@link toJson} has written.
 *
 * @throws ConfigurationError where it is no JSON, or not that of a report: every fault is named with its path
 */
export function parseReport(json: string): PerformanceReport {
  return checkReport('parseReport', parse(json));
}

function parse(json: string): unknown {
  if (typeof json !== 'string') throw noJson(json);
  try {
    return JSON.parse(json);
  } catch {
    throw noJson(json);
  }
}

function noJson(value: unknown): ConfigurationError {
  return new ConfigurationError('parseReport', [{ path: 'json', value, expected: 'a report as JSON text' }]);
}
