import { type ConfigurationIssue, option } from '@evenkeel/core';
import { formatNumber } from './message-template.ts';

/** A threshold with hysteresis. */
export interface Bounds {
  readonly direction: 'above' | 'below';
  readonly threshold: number;
  /** Not beyond this any more, it is clear again. */
  readonly clear: number;
}

/** What rules with a threshold have as fields. */
export const boundsFields = {
  above: option.number().optional(),
  below: option.number().optional(),
  clear: option.number().optional(),
};

interface GivenBounds {
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly clear: number | undefined;
}

export function readBounds({ above, below, clear }: GivenBounds, issues: ConfigurationIssue[]): Bounds {
  if ((above === undefined) === (below === undefined)) {
    issues.push({ path: 'above', value: above, expected: 'given, or `below`, and not both' });
  }
  const direction = above === undefined ? 'below' : 'above';
  const threshold = above ?? below ?? 0;
  const bounds = { direction, threshold, clear: clear ?? threshold } as const;
  if (clear !== undefined && isBeyond(bounds, clear, threshold)) {
    const expected = direction === 'above' ? `at most ${threshold}` : `at least ${threshold}`;
    issues.push({ path: 'clear', value: clear, expected: `${expected}, the threshold it belongs to` });
  }
  return bounds;
}

/** Whether the condition holds, given whether it held last time. */
export function exceeds(bounds: Bounds, value: number, isActive: boolean): boolean {
  return isBeyond(bounds, value, isActive ? bounds.clear : bounds.threshold);
}

/** `above 500`. */
export function describeBounds({ direction, threshold }: Bounds, unit = ''): string {
  return `${direction} ${formatNumber(threshold)}${unit}`;
}

function isBeyond({ direction }: Pick<Bounds, 'direction'>, value: number, limit: number): boolean {
  return direction === 'above' ? value > limit : value < limit;
}
