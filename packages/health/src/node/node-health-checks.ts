import { type Clock, ConfigurationError, describeValue } from '@evenkeel/core';
import type { HealthCheck, HealthCheckDefinition, HealthCheckOptions } from '../check.ts';
import { type EventLoopCheckOptions, eventLoopCheck } from './event-loop-check.ts';
import { type MemoryCheckOptions, memoryCheck } from './memory-check.ts';
import { type UptimeCheckOptions, uptimeCheck } from './uptime-check.ts';

/** Options of {@link nodeHealthChecks}: `false` leaves a check out. */
export interface NodeHealthChecksOptions {
  /** @defaultValue {} */
  readonly memory?: MemoryCheckOptions | false;
  /** @defaultValue {} */
  readonly eventLoop?: EventLoopCheckOptions | false;
  /** @defaultValue {} */
  readonly uptime?: UptimeCheckOptions | false;
  /** How all of them are run. @defaultValue `critical: false`: see {@link nodeHealthChecks} */
  readonly options?: HealthCheckOptions;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/**
 * The built-in checks of a Node process, for `new HealthChecker({ builtIn: nodeHealthChecks() })`: `memory`,
 * `event-loop` and `uptime`. They warn at most unless `options` says otherwise: under a surge of traffic all
 * replicas run short at the same time, and taking them all out of service is worse than being slow.
 *
 * @throws ConfigurationError
 */
export function nodeHealthChecks({
  memory = {},
  eventLoop = {},
  uptime = {},
  options = {},
  clock,
  ...unknown
}: NodeHealthChecksOptions = {}): HealthCheckDefinition[] {
  for (const [path, value] of Object.entries(unknown)) {
    const expected = 'absent: the options are memory, eventLoop, uptime, options, clock';
    throw new ConfigurationError('nodeHealthChecks', [{ path, value: describeValue(value), expected }]);
  }
  const define = (name: string, check: HealthCheck): HealthCheckDefinition => ({
    name,
    check,
    options: { critical: false, ...options },
  });
  return [
    ...(memory === false ? [] : [define('memory', memoryCheck(memory))]),
    ...(eventLoop === false
      ? []
      : [define('event-loop', eventLoopCheck({ ...(clock ? { clock } : {}), ...eventLoop }))]),
    ...(uptime === false ? [] : [define('uptime', uptimeCheck(uptime))]),
  ];
}
