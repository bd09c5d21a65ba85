import { type Clock, option, readOptions, systemClock } from '@evenkeel/core';
import type { ResourceSensor } from '../pressure/resource-sensor.ts';
import { ComputePressureSensor } from './compute-pressure-sensor.ts';
import { MainThreadSensor } from './main-thread-sensor.ts';
import { PageHeapSensor } from './page-heap-sensor.ts';

export interface BrowserSensorsOptions {
  /** @defaultValue the browser's */
  readonly clock?: Clock;
}

/**
 * A new set of the sensors that this browser has what they need for: the CPU (Compute Pressure), the main thread
 * (long animation frames or long tasks, and the lateness of timers) and the heap. Each set measures on its own.
 *
 * @throws ConfigurationError
 */
export function browserSensors(options: BrowserSensorsOptions = {}): ResourceSensor[] {
  const { clock } = readOptions('browserSensors', options, {
    clock: option.withMethods<Clock>('monotonic', 'setTimeout').default(systemClock),
  });
  return [
    ...(ComputePressureSensor.isSupported() ? [new ComputePressureSensor()] : []),
    new MainThreadSensor({ clock }),
    ...(PageHeapSensor.isSupported() ? [new PageHeapSensor()] : []),
  ];
}
