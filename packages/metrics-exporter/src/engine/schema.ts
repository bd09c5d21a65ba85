import {
  ConfigurationError,
  type ConfigurationIssue,
  describeValue,
  option,
  readOptions,
} from '@evenkeel/core';
import type { MetricType, OptionsByType } from './instruments.ts';
import { exportedName, labelIssues, nameIssues, unitIssues } from './names.ts';
import { wellFormed } from './text.ts';

/** A metric as it was defined, checked and complete. */
export interface MetricSchema {
  readonly name: string;
  readonly type: MetricType;
  readonly exportedName: string;
  readonly description: string;
  readonly unit: string | undefined;
  readonly labels: readonly string[];
  /** Ascending, in the exported unit; empty where the type has none. */
  readonly buckets: readonly number[];
  /** Ascending; empty where the type has none. */
  readonly quantiles: readonly number[];
  readonly maxSeries: number;
}

/** What stands in for what a definition leaves out. */
export interface SchemaDefaults {
  readonly buckets: readonly number[];
  readonly maxSeries: number;
}

/** A definition as the user gives it. */
export type Definition = OptionsByType[MetricType] & { readonly type: MetricType };

const METRIC_TYPES = ['counter', 'gauge', 'histogram', 'summary', 'timer'] as const;

const DEFAULT_QUANTILES = [0.5, 0.9, 0.99];

/** @throws ConfigurationError naming everything that is wrong with the definition */
export function readSchema(name: string, definition: Definition, defaults: SchemaDefaults): MetricSchema {
  const given = readDefinition(name, definition);
  const { type, labels = [] } = given;
  const issues = [
    ...nameIssues(name),
    ...labelIssues(type, labels),
    ...unitIssues(type, given.unit),
    ...bucketIssues(type, given.buckets),
    ...quantileIssues(type, given.quantiles),
  ];
  if (issues.length > 0) throw new ConfigurationError(`metric ${JSON.stringify(name)}`, issues);
  const unit = type === 'timer' ? 'seconds' : given.unit;
  return {
    name,
    type,
    exportedName: exportedName(name, type, unit),
    description: wellFormed(given.description ?? name),
    unit,
    labels: [...labels],
    buckets: readBuckets(type, given.buckets, defaults),
    quantiles: type === 'summary' ? ascending(given.quantiles ?? DEFAULT_QUANTILES) : [],
    maxSeries: given.maxSeries ?? defaults.maxSeries,
  };
}

/**
 * Compares what a second definition says with the first; what it leaves out, and the description, may be
 * anything.
 *
 * @throws ConfigurationError naming every difference and where the metric was defined first
 */
export function checkSameSchema(first: MetricSchema, definition: Definition, firstSite: string): void {
  const { name } = first;
  const given = readDefinition(name, definition);
  const second: Partial<Record<keyof MetricSchema, unknown>> = {
    type: given.type,
    ...(given.unit !== undefined && { unit: given.type === 'timer' ? 'seconds' : given.unit }),
    ...(given.labels && { labels: given.labels }),
    ...(given.buckets && { buckets: inExportedUnit(given.type, given.buckets) }),
    ...(given.quantiles && { quantiles: ascending(given.quantiles) }),
    ...(given.maxSeries !== undefined && { maxSeries: given.maxSeries }),
  };
  const fields = Object.keys(second) as (keyof MetricSchema)[];
  const issues = fields
    .filter((field) => JSON.stringify(first[field]) !== JSON.stringify(second[field]))
    .map((field) => ({
      path: field,
      value: second[field],
      expected: `${describeValue(first[field])} as in its first definition${firstSite && ` (${firstSite})`}`,
    }));
  if (issues.length > 0) throw new ConfigurationError(`metric ${JSON.stringify(name)}`, issues);
}

function readDefinition(name: string, definition: Definition) {
  return readOptions(`metric ${JSON.stringify(name)}`, definition, {
    type: option.oneOf(METRIC_TYPES),
    description: option.string().optional(),
    unit: option.string().optional(),
    labels: option.listOf(option.string()).optional(),
    buckets: option.listOf(option.number()).optional(),
    quantiles: option.listOf(option.number({ min: 0, max: 1 })).optional(),
    maxSeries: option.integer({ min: 1 }).optional(),
  });
}

function bucketIssues(type: MetricType, buckets: readonly number[] | undefined): ConfigurationIssue[] {
  if (buckets === undefined) return [];
  if (!hasBuckets(type)) {
    return [{ path: 'buckets', value: buckets, expected: `absent: a ${type} has no buckets` }];
  }
  return repeats('buckets', inExportedUnit(type, buckets));
}

function quantileIssues(type: MetricType, quantiles: readonly number[] | undefined): ConfigurationIssue[] {
  if (quantiles === undefined) return [];
  if (type !== 'summary') {
    return [{ path: 'quantiles', value: quantiles, expected: `absent: a ${type} has no quantiles` }];
  }
  return repeats('quantiles', quantiles);
}

/** @throws ConfigurationError unless the bounds are distinct */
export function checkBuckets(owner: string, path: string, buckets: readonly number[]): void {
  const issues = repeats(path, buckets);
  if (issues.length > 0) throw new ConfigurationError(owner, issues);
}

function repeats(path: string, values: readonly number[]): ConfigurationIssue[] {
  return new Set(values).size === values.length
    ? []
    : [{ path, value: values, expected: 'a list of distinct numbers' }];
}

function readBuckets(
  type: MetricType,
  buckets: readonly number[] | undefined,
  defaults: SchemaDefaults,
): readonly number[] {
  if (!hasBuckets(type)) return [];
  return buckets === undefined ? ascending(defaults.buckets) : inExportedUnit(type, buckets);
}

function hasBuckets(type: MetricType): boolean {
  return type === 'histogram' || type === 'timer';
}

function inExportedUnit(type: MetricType, buckets: readonly number[]): readonly number[] {
  return ascending(type === 'timer' ? buckets.map((ms) => ms / 1000) : buckets);
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
