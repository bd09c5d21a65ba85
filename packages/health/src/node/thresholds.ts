import { ConfigurationError, type HealthStatus } from '@evenkeel/core';

/** Values from which on a check warns and is critical; more is worse. */
export interface Thresholds {
  readonly warning: number;
  readonly critical: number;
}

export function levelOf(value: number, { warning, critical }: Thresholds): HealthStatus {
  if (value >= critical) return 'critical';
  return value >= warning ? 'warning' : 'healthy';
}

/** @throws ConfigurationError unless the check warns before it is critical */
export function requireOrder(owner: string, { warning, critical }: Thresholds): void {
  if (warning <= critical) return;
  const expected = `at least the warning threshold, ${warning}`;
  throw new ConfigurationError(owner, [{ path: 'critical', value: critical, expected }]);
}
