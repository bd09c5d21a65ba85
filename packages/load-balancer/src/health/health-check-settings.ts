import { type Duration, type Field, option } from '@evenkeel/core';
import type { ServerCheck } from './server-check.ts';

/** How servers are asked whether they are well. */
export interface HealthCheckOptions {
  /** The check of all servers that have none of their own. @defaultValue none */
  readonly check?: ServerCheck;
  /** Time from the start of one check of a server to the start of the next. @defaultValue '5s' */
  readonly interval?: Duration;
  /** How long a check may take. @defaultValue '2s' */
  readonly timeout?: Duration;
  /** So many checks in a row must pass for a server that is down to come back. @defaultValue 2 */
  readonly healthyThreshold?: number;
  /** So many checks in a row must fail for a server that is up to go down. @defaultValue 2 */
  readonly unhealthyThreshold?: number;
  /** Each interval is longer or shorter by up to this part of it, at random. @defaultValue 0.1 */
  readonly jitter?: number;
}

/** {@link HealthCheckOptions}, read: times in ms. */
export interface HealthCheckSettings {
  readonly check: ServerCheck | undefined;
  readonly interval: number;
  readonly timeout: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly jitter: number;
}

const HEALTH_CHECK_OPTIONS: Field<HealthCheckSettings> = option.object<HealthCheckSettings>({
  check: option.callback<ServerCheck>().optional(),
  // Requests tell sooner what is wrong; checks find what traffic does not see, and who is well again.
  interval: option.duration({ min: 10 }).default(5000),
  timeout: option.duration({ min: 1 }).default(2000),
  // One lost packet is no outage, and one lucky answer no recovery.
  healthyThreshold: option.integer({ min: 1, max: 100 }).default(2),
  unhealthyThreshold: option.integer({ min: 1, max: 100 }).default(2),
  jitter: option.number({ min: 0, max: 1 }).default(0.1),
});

/** The rule for `healthCheck`. */
export const HEALTH_CHECK: Field<HealthCheckSettings> = new option.Field<HealthCheckSettings>(
  HEALTH_CHECK_OPTIONS.expected,
  (value, path, issues) => HEALTH_CHECK_OPTIONS.read(value === undefined ? {} : value, path, issues),
);
