import {
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import type { AdmissionOptions } from '../admission/admission-options.ts';
import { RESOURCE_MODES, type ResourceMode } from '../modes.ts';
import type { ResourceSensor } from '../pressure/resource-sensor.ts';

/** Options of `ResourceAllocationManager`. All are optional. */
export interface ResourceAllocationManagerOptions {
  /**
   * What looks at the resources: `nodeSensors()` of `@evenkeel/allocator/node`, `browserSensors()` of
   * `@evenkeel/allocator/browser`, or one's own. @defaultValue none: components are paused and resumed by hand only
   */
  readonly sensors?: readonly ResourceSensor[];
  /** @defaultValue 'balanced' */
  readonly mode?: ResourceMode;
  /** Time from one look at the sensors to the next, in ms. @defaultValue 250 */
  readonly interval?: Duration;
  /** How long a callback may take, in ms. @defaultValue 5000 */
  readonly actionTimeout?: Duration;
  /**
   * How many replicas of this process share the load, itself included: asked at each look at the sensors.
   * @defaultValue always 1
   */
  readonly replicas?: () => number;
  /** Options of the manager's admission control, which has the clock and the meter of the manager. @defaultValue `{}` */
  readonly admission?: Omit<AdmissionOptions, 'clock' | 'meter'>;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Where the metrics go. @defaultValue noopMeter */
  readonly meter?: Meter;
}

/** {@link ResourceAllocationManagerOptions}, read: times in ms. */
export interface ManagerSettings {
  readonly sensors: readonly ResourceSensor[];
  readonly mode: ResourceMode;
  readonly interval: number;
  readonly actionTimeout: number;
  readonly replicas: () => number;
  readonly admission: object;
  readonly clock: Clock;
  readonly meter: Meter;
}

const OWNER = 'ResourceAllocationManager';

/** @throws ConfigurationError */
export function readManagerOptions(options: ResourceAllocationManagerOptions): ManagerSettings {
  const settings = readOptions<ManagerSettings>(OWNER, options, {
    sensors: option.listOf(option.withMethods<ResourceSensor>('read')).default([]),
    mode: option.oneOf(RESOURCE_MODES).default('balanced'),
    interval: option.duration({ min: 10 }).default(250),
    actionTimeout: option.duration({ min: 1 }).default(5000),
    replicas: option.callback<() => number>().default(() => 1),
    admission: option.withMethods<object>().default({}),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
  });
  for (const [index, { resource }] of settings.sensors.entries()) {
    readValue(OWNER, `sensors[${index}].resource`, resource, option.string());
  }
  return settings;
}
