import { type ConfigurationIssue, option } from '@evenkeel/core';
import { isSummaryPath, rootOf, SUMMARY_PATHS, SUMMARY_ROOTS } from './threshold-path.ts';

/** When a figure calls for attention. At least one of the levels is needed. */
export interface Threshold {
  /** The alert has severity `warning` beyond this value. */
  readonly warning?: number | undefined;
  /** The alert has severity `critical` beyond this value. */
  readonly critical?: number | undefined;
  /** On which side of its levels the figure is bad. @defaultValue 'above' */
  readonly direction?: 'above' | 'below' | undefined;
  /**
   * How far a figure must come back before its level is left, as a part of the level: with 0.1 a warning above
   * 200 ends at 180 or less, one below 200 at 220 or more. Keeps a figure on the edge from raising an alert
   * again and again. @defaultValue 0.1
   */
  readonly hysteresis?: number | undefined;
}

/** A threshold with its defaults filled in. */
export interface CheckedThreshold {
  readonly path: string;
  readonly warning: number | undefined;
  readonly critical: number | undefined;
  readonly direction: 'above' | 'below';
  readonly hysteresis: number;
}

const PATH = /^[A-Za-z][\w-]*(\.[^.]+)*$/;

const FIELDS = option.object<Omit<CheckedThreshold, 'path'>>({
  warning: option.number().optional(),
  critical: option.number().optional(),
  direction: option.oneOf(['above', 'below']).default('above'),
  hysteresis: option.number({ min: 0, max: 1 }).default(0.1),
});

/** Reads one threshold; everything that is wrong with it goes to `issues`. */
export function readThreshold(
  path: unknown,
  threshold: unknown,
  issues: ConfigurationIssue[],
  at = 'threshold',
): CheckedThreshold {
  if (typeof path !== 'string' || !PATH.test(path)) {
    issues.push({ path: 'path', value: path, expected: "a path such as 'memory.heapUsedRatio'" });
  } else if (SUMMARY_ROOTS.has(rootOf(path)) && !isSummaryPath(path)) {
    issues.push({
      path: 'path',
      value: path,
      expected: `a figure of the summary (${SUMMARY_PATHS.join(', ')}) or of a collector`,
    });
  }
  const faults = issues.length;
  const checked = FIELDS.read(threshold, at, issues);
  const { warning, critical, direction } = checked;
  if (issues.length > faults) return { path: String(path), ...checked };
  if (warning === undefined && critical === undefined) {
    issues.push({ path: at, value: threshold, expected: 'an object with warning, critical or both' });
  } else if (warning !== undefined && critical !== undefined) {
    const ordered = direction === 'above' ? critical >= warning : critical <= warning;
    const expected = `${direction === 'above' ? 'at least' : 'at most'} warning (${warning})`;
    if (!ordered) issues.push({ path: `${at}.critical`, value: critical, expected });
  }
  return { path: String(path), ...checked };
}

/** Thresholds by path, as an option. */
export const thresholdsField = new option.Field<readonly CheckedThreshold[]>(
  'an object of thresholds by path',
  (value, at, issues) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      issues.push({ path: at, value, expected: 'an object of thresholds by path' });
      return [];
    }
    return Object.entries(value).map(([path, threshold]) =>
      readThreshold(path, threshold, issues, `${at}[${JSON.stringify(path)}]`),
    );
  },
);
