import { ConfigurationError, type ConfigurationIssue } from '@evenkeel/core';
import { TIER_STEPS, type Tier } from './reading-plan.ts';

/** How long the steps of each length are kept, in ms. */
export interface TierRetention {
  readonly tenSeconds: number;
  readonly minutes: number;
  readonly hours: number;
}

/**
 * The tiers of a history, the finest first.
 *
 * @throws ConfigurationError where finer steps are kept longer than coarser ones
 */
export function tiersOf(owner: string, { tenSeconds, minutes, hours }: TierRetention): readonly Tier[] {
  const issues: ConfigurationIssue[] = [];
  const expected = (name: string): string => `no longer than retention.${name}`;
  if (tenSeconds > minutes) {
    issues.push({ path: 'retention.tenSeconds', value: tenSeconds, expected: expected('minutes') });
  }
  if (minutes > hours)
    issues.push({ path: 'retention.minutes', value: minutes, expected: expected('hours') });
  if (issues.length > 0) throw new ConfigurationError(owner, issues);
  return [
    { stepMs: TIER_STEPS.tenSeconds, keptMs: tenSeconds },
    { stepMs: TIER_STEPS.minutes, keptMs: minutes },
    { stepMs: TIER_STEPS.hours, keptMs: hours },
  ];
}
