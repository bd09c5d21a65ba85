import { ConfigurationError, type ConfigurationIssue, type Field, option } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';

/**
 * Which alerts: each entry must match. A value is a text in which `*` stands for any text, or a list of such texts
 * of which one must match; a label that is absent counts as empty. `name` and `severity` are those of the alert.
 * Plain data, so that it can stand in a file.
 *
 * @example
 * { severity: ['warning', 'critical'], route: '/api/*' }
 */
export type Matchers = Readonly<Record<string, string | readonly string[]>>;

/** Says whether labels match; `name` and `severity` stand among them where there are such. */
export type Matches = (labels: Labels) => boolean;

/* A matcher is written by a person. */
const MAX_MATCHERS = 32;
const MAX_PATTERNS = 1000;

const EXPECTED =
  "an object of texts or lists of texts: { route: '/api/*', severity: ['warning', 'critical'] }";

/** The rule for an option of matchers. */
export const matchersField: Field<Matchers> = new option.Field<Matchers>(EXPECTED, (value, path, issues) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ path, value, expected: EXPECTED });
    return {};
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_MATCHERS)
    issues.push({ path, value, expected: `an object of at most ${MAX_MATCHERS} entries` });
  for (const [label, patterns] of entries)
    checkPatterns(patterns, `${path}[${JSON.stringify(label)}]`, issues);
  // Own copies: the caller may change its object later.
  return Object.fromEntries(
    entries.map(([label, given]) => [label, Array.isArray(given) ? [...given] : given]),
  );
});

function checkPatterns(patterns: unknown, path: string, issues: ConfigurationIssue[]): void {
  const isList = Array.isArray(patterns) && patterns.length > 0 && patterns.length <= MAX_PATTERNS;
  const texts: readonly unknown[] = isList ? patterns : [patterns];
  for (const text of texts) {
    if (typeof text === 'string') continue;
    issues.push({ path, value: text, expected: `a text or a list of 1 to ${MAX_PATTERNS} texts` });
    return;
  }
}

/**
 * A function that says whether labels match. No matchers at all match everything.
 *
 * @throws ConfigurationError for what are no matchers
 */
export function compileMatchers(matchers: Matchers): Matches {
  const issues: ConfigurationIssue[] = [];
  const read = matchersField.read(matchers, 'matchers', issues);
  if (issues.length > 0) throw new ConfigurationError('compileMatchers', issues);
  const tests = Object.entries(read).map(([label, given]) => {
    const patterns = (typeof given === 'string' ? [given] : given).map(compilePattern);
    return (labels: Labels): boolean => {
      const value = Object.hasOwn(labels, label) ? (labels[label] ?? '') : '';
      return patterns.some((matches) => matches(value));
    };
  });
  return (labels) => tests.every((test) => test(labels));
}

/** Of an alert, by its labels, name and severity. */
export function matchesAlert(
  matches: Matches,
  alert: { readonly name: string; readonly severity: string; readonly labels: Labels },
): boolean {
  return matches({ ...alert.labels, name: alert.name, severity: alert.severity });
}

/** In time proportional to the length of the text times that of the pattern at worst, unlike a regular expression. */
function compilePattern(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    const end = text.length - last.length;
    let from = first.length;
    for (const part of rest) {
      const at = text.indexOf(part, from);
      if (at < 0 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}
