import { option, readOptions } from '@evenkeel/core';

/** What a report is to hold besides its metrics. */
export interface ReportContent {
  /** What the reporter's option `resourceUsage` gives. @defaultValue true */
  readonly resourceUsage?: boolean;
  /** @defaultValue true */
  readonly events?: boolean;
  /** @defaultValue true */
  readonly benchmarks?: boolean;
}

export const WHOLE_REPORT: Required<ReportContent> = { resourceUsage: true, events: true, benchmarks: true };

/** @throws ConfigurationError */
export function readReportContent(owner: string, content: ReportContent): Required<ReportContent> {
  return readOptions<Required<ReportContent>>(owner, content, {
    resourceUsage: option.boolean().default(WHOLE_REPORT.resourceUsage),
    events: option.boolean().default(WHOLE_REPORT.events),
    benchmarks: option.boolean().default(WHOLE_REPORT.benchmarks),
  });
}
