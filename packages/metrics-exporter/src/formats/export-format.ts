import { option, readValue } from '@evenkeel/core';

/** The formats of `exportMetrics`. */
export type ExportFormat = 'json' | 'prometheus' | 'csv';

const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

const FORMATS = ['json', 'prometheus', 'csv'] as const satisfies readonly ExportFormat[];

/** @throws ConfigurationError listing what is accepted */
export function readFormat(owner: string, format: unknown): ExportFormat {
  return readValue(owner, 'format', format, option.oneOf(FORMATS));
}

export function contentTypeOf(format: ExportFormat): string {
  return CONTENT_TYPES[format];
}
