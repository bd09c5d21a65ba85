import { type Duration, option, readOptions } from '@evenkeel/core';
import { VALUES } from '../sql/statement-arguments.ts';
import type { WorkloadQuery } from './workload.ts';

/** Where the queries come from that indexes are advised for. */
export type WorkloadSource =
  /** What was seen of this application. */
  | 'application'
  /** What the server has counted of all its clients. */
  | 'pg_stat_statements'
  /** SQL files, of a statement or several each. */
  | { readonly files: readonly string[] }
  | readonly WorkloadQuery[];

/** Options of `recommendIndexes()`. All are optional. */
export interface RecommendIndexesOptions {
  /** @defaultValue 'application' */
  readonly workload?: WorkloadSource;
  /** What all indexes may take together, such as `'500mb'`. @defaultValue as much as the tables of the workload */
  readonly storageBudget?: number | string;
  /** @defaultValue 50 */
  readonly maxIndexes?: number;
  /** An index has to save this share of the workload's cost; 0 to 1. @defaultValue 0.001 */
  readonly minSaving?: number;
  /**
   * Most questions to the planner; what is left is decided by the answers so far.
   * @defaultValue 1500, or 30 for each query where that is more
   */
  readonly maxPlannerCalls?: number;
  /** How long to look; what is left is decided by what is known by then. @defaultValue '45s' */
  readonly timeout?: Duration;
  /** Ends it at once, with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface RecommendIndexesSettings {
  readonly workload: WorkloadSource;
  readonly storageBudget: number | undefined;
  readonly maxIndexes: number;
  readonly minSaving: number;
  readonly maxPlannerCalls: number | undefined;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const WORKLOAD_EXPECTED =
  "'application', 'pg_stat_statements', { files: […] } or a list of queries, each { text, calls?, samples?, rows? }";

const queries = option.listOf(
  option.object<WorkloadQuery>({
    text: option.string(),
    calls: option.number({ min: 0 }).default(1),
    samples: option.listOf(VALUES).default([]),
    rows: option.number({ min: 0 }).default(1),
  }),
);
const files = option.object<{ files: readonly string[] }>({ files: option.listOf(option.string()) });

const workloadField = new option.Field<WorkloadSource>(WORKLOAD_EXPECTED, (value, path, issues) => {
  if (value === 'application' || value === 'pg_stat_statements') return value;
  if (Array.isArray(value)) return queries.read(value, path, issues);
  if (typeof value === 'object' && value !== null) return files.read(value, path, issues);
  issues.push({ path, value, expected: WORKLOAD_EXPECTED });
  return 'application';
});

/** @throws ConfigurationError */
export function readRecommendIndexesOptions(
  options: RecommendIndexesOptions | undefined,
): RecommendIndexesSettings {
  return readOptions('recommendIndexes', options, {
    workload: workloadField.default('application'),
    storageBudget: option.bytes({ min: 1 }).optional(),
    maxIndexes: option.integer({ min: 1 }).default(50),
    minSaving: option.number({ min: 0, max: 1 }).default(0.001),
    maxPlannerCalls: option.integer({ min: 1 }).optional(),
    timeout: option.duration({ min: 1 }).default(45_000),
    signal: option.withMethods<AbortSignal>('throwIfAborted', 'addEventListener').optional(),
  });
}
