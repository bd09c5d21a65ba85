import { option, readValue } from '@evenkeel/core';
import { toCsv, toHtml, toJson, toMarkdown } from './formats/index.ts';
import type { PerformanceReport } from './report.ts';

export const REPORT_FORMATS = ['json', 'csv', 'html', 'markdown'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/**
 * A report as text: JSON, CSV, Markdown, or one HTML page that needs no network.
 *
 * @throws ConfigurationError for an unknown format, or what is no report
 */
export function exportReport(report: PerformanceReport, format: ReportFormat): string {
  switch (readValue('exportReport', 'format', format, option.oneOf(REPORT_FORMATS))) {
    case 'json':
      return toJson(report);
    case 'csv':
      return toCsv(report);
    case 'html':
      return toHtml(report);
    case 'markdown':
      return toMarkdown(report);
  }
}
