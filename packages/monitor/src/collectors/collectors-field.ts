import { type ConfigurationIssue, option } from '@evenkeel/core';
import { SUMMARY_ROOTS } from '../thresholds/threshold-path.ts';
import type { Collector } from './collector.ts';

const NAME = /^[A-Za-z][\w-]*$/;
const EXPECTED_NAME =
  'a letter followed by letters, digits, "_" or "-", and none of ' +
  ['timestamp', ...SUMMARY_ROOTS].join(', ');

/** Checks a collector and its name; what is wrong goes to `issues`. */
export function checkCollector(
  name: unknown,
  collector: unknown,
  issues: ConfigurationIssue[],
  at: string,
): void {
  const free =
    typeof name === 'string' && NAME.test(name) && name !== 'timestamp' && !SUMMARY_ROOTS.has(name);
  if (!free) issues.push({ path: 'name', value: name, expected: EXPECTED_NAME });
  option.withMethods<Collector>('collect').read(collector, at, issues);
}

/** Collectors by name, as an option. */
export const collectorsField = new option.Field<Readonly<Record<string, Collector>>>(
  'an object of collectors by name',
  (value, at, issues) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      issues.push({ path: at, value, expected: 'an object of collectors by name' });
      return {};
    }
    for (const [name, collector] of Object.entries(value)) {
      checkCollector(name, collector, issues, `${at}.${name}`);
    }
    return value as Readonly<Record<string, Collector>>;
  },
);
