import {
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { HealthCheckDefinition, HealthCheckOptions } from './check.ts';
import { type CheckSettings, INITIAL_SETTINGS, settingsFields } from './check-settings.ts';

/** Options of `HealthChecker`. All are optional. */
export interface HealthCheckerOptions {
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Where the metrics go. @defaultValue noopMeter */
  readonly meter?: Meter;
  /**
   * How long `runHealthChecks()` may take in all, in ms. Less than what the prober waits: the kubelet gives up
   * after 1 s unless told otherwise. @defaultValue 800
   */
  readonly totalBudget?: Duration;
  /** Spreads background runs at random by up to this part of their interval. @defaultValue 0.1 */
  readonly jitter?: number;
  /** Options for all checks whose registration doesn't say otherwise. @defaultValue those of HealthCheckOptions */
  readonly defaults?: HealthCheckOptions;
  /** Checks to register at construction: `nodeHealthChecks()` of `@evenkeel/health/node`. @defaultValue none */
  readonly builtIn?: readonly HealthCheckDefinition[];
  /** Names of checks without which the process is not ready, so that one not registered yet is not forgotten. @defaultValue none */
  readonly expected?: readonly string[];
  /** Source of the jitter, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** {@link HealthCheckerOptions}, read: times in ms. */
export interface HealthCheckerSettings {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly totalBudget: number;
  readonly jitter: number;
  readonly defaults: CheckSettings;
  readonly builtIn: readonly HealthCheckDefinition[];
  readonly expected: readonly string[];
  readonly random: () => number;
}

/** @throws ConfigurationError */
export function readHealthCheckerOptions(options: HealthCheckerOptions): HealthCheckerSettings {
  return readOptions<HealthCheckerSettings>('HealthChecker', options, {
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    totalBudget: option.duration({ min: 1 }).default(800),
    jitter: option.number({ min: 0, max: 1 }).default(0.1),
    defaults: option.object(settingsFields(INITIAL_SETTINGS)).default(INITIAL_SETTINGS),
    builtIn: option.listOf(option.withMethods<HealthCheckDefinition>()).default([]),
    expected: option.listOf(option.string()).default([]),
    random: option.callback<() => number>().default(Math.random),
  });
}
