import type { ConfigurationIssue } from '@evenkeel/core';
import type { MetricType } from './instruments.ts';

/* Prometheus also allows colons, but for recording rules only. */
const METRIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const UNIT = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/* Prometheus writes these itself for each target; an exported one would overwrite them. */
const SCRAPE_NAMES: ReadonlySet<string> = new Set([
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]);

const BASE_UNITS: ReadonlyMap<string, string> = new Map([
  ...['ns', 'us', 'ms', 'nanoseconds', 'microseconds', 'milliseconds', 'minutes', 'hours', 'days'].map(
    (unit) => [unit, 'seconds'] as const,
  ),
  ...['kb', 'mb', 'gb', 'kib', 'mib', 'gib', 'kilobytes', 'megabytes', 'gigabytes'].map(
    (unit) => [unit, 'bytes'] as const,
  ),
  ...['%', 'percent', 'percentage'].map((unit) => [unit, 'ratio'] as const),
]);

export function nameIssues(name: string): ConfigurationIssue[] {
  return METRIC_NAME.test(name)
    ? []
    : [
        {
          path: 'name',
          value: name,
          expected: 'letters, digits and underscores, not beginning with a digit',
        },
      ];
}

export function unitIssues(type: MetricType, unit: string | undefined): ConfigurationIssue[] {
  if (unit === undefined) return [];
  if (type === 'timer') {
    return ['seconds', 'ms', 'milliseconds'].includes(unit)
      ? []
      : [
          {
            path: 'unit',
            value: unit,
            expected: "absent or 'ms': a timer takes milliseconds and is exported in seconds",
          },
        ];
  }
  const base = BASE_UNITS.get(unit.toLowerCase());
  if (base) return [{ path: 'unit', value: unit, expected: `a base unit: '${base}', with values to match` }];
  return UNIT.test(unit)
    ? []
    : [{ path: 'unit', value: unit, expected: 'letters, digits and underscores, beginning with a letter' }];
}

export function labelIssues(type: MetricType, labels: readonly string[]): ConfigurationIssue[] {
  const taken = RESERVED_LABEL[type];
  return labels.flatMap((label, index): ConfigurationIssue[] => {
    const path = `labels[${index}]`;
    if (!LABEL_NAME.test(label)) {
      const expected = 'letters, digits and underscores, not beginning with a digit';
      return [{ path, value: label, expected }];
    }
    if (label.startsWith('__')) {
      return [
        { path, value: label, expected: "a name without leading '__', which Prometheus keeps to itself" },
      ];
    }
    if (label === taken) {
      return [{ path, value: label, expected: `another name: a ${type} has a label '${taken}' of its own` }];
    }
    return labels.indexOf(label) === index ? [] : [{ path, value: label, expected: 'listed once' }];
  });
}

const RESERVED_LABEL: Readonly<Record<MetricType, string | undefined>> = {
  counter: undefined,
  gauge: undefined,
  histogram: 'le',
  timer: 'le',
  summary: 'quantile',
};

/**
 * The name a metric is exported under: with its unit as suffix, `_total` at the end of a counter, `_seconds`
 * in place of a timer's `_ms`. So a metric named by Prometheus's conventions keeps its name.
 */
export function exportedName(name: string, type: MetricType, unit: string | undefined): string {
  switch (type) {
    case 'counter':
      return `${withUnit(name.replace(/(?<=.)_total$/, ''), unit)}_total`;
    case 'timer':
      return withUnit(name.replace(/(?<=.)_(ms|millis|milliseconds)$/, ''), 'seconds');
    default:
      return withUnit(name, unit);
  }
}

function withUnit(name: string, unit: string | undefined): string {
  return unit === undefined || name.endsWith(`_${unit}`) ? name : `${name}_${unit}`;
}

/** All names that a metric takes up in the text formats, those of OpenMetrics among them. */
export function claimedNames(exported: string, type: MetricType): string[] {
  switch (type) {
    case 'gauge':
      return [exported];
    case 'counter': {
      const family = exported.slice(0, -'_total'.length);
      return [family, exported, `${family}_created`];
    }
    case 'summary':
      return withSuffixes(exported, '', '_count', '_sum', '_created');
    default:
      return withSuffixes(exported, '', '_bucket', '_count', '_sum', '_created');
  }
}

function withSuffixes(name: string, ...suffixes: readonly string[]): string[] {
  return suffixes.map((suffix) => `${name}${suffix}`);
}

export function isWrittenByPrometheus(name: string): boolean {
  return SCRAPE_NAMES.has(name);
}
