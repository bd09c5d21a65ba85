import { type Duration, formatDuration, option, readOptions } from '@evenkeel/core';
import type { CheckResult, HealthCheck } from '../check.ts';

/** Options of {@link uptimeCheck}. */
export interface UptimeCheckOptions {
  /** A process younger than this warns, which shows one that keeps restarting, in ms. @defaultValue 0: never */
  readonly warnBelow?: Duration;
}

/**
 * How long the process has been up.
 *
 * @throws ConfigurationError
 */
export function uptimeCheck(options: UptimeCheckOptions = {}): HealthCheck {
  const { warnBelow } = readOptions('uptimeCheck', options, { warnBelow: option.duration().default(0) });
  const check = (): CheckResult => {
    const uptimeMs = process.uptime() * 1000;
    return {
      status: uptimeMs < warnBelow ? 'warning' : 'healthy',
      message: `up for ${formatDuration(uptimeMs)}`,
      details: { uptimeMs },
    };
  };
  return Object.assign(async () => check(), { componentType: 'system' as const });
}
