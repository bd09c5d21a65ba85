import { type Clock, option, readOptions, systemClock } from '@evenkeel/core';
import type { ResourceSensor } from '../pressure/resource-sensor.ts';
import { CpuSensor } from './cpu-sensor.ts';
import { EventLoopSensor } from './event-loop-sensor.ts';
import { HeapSensor } from './heap-sensor.ts';
import { MemoryPressureSensor } from './memory-pressure-sensor.ts';
import { MemorySensor } from './memory-sensor.ts';

export interface NodeSensorsOptions {
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * A new set of the sensors of Node: the CPU, memory (limits, V8's heap, time lost waiting for it) and the event
 * loop. Each set measures on its own: don't give one to two managers.
 *
 * @throws ConfigurationError
 */
export function nodeSensors(options: NodeSensorsOptions = {}): ResourceSensor[] {
  const { clock } = readOptions('nodeSensors', options, {
    clock: option.withMethods<Clock>('monotonic', 'setTimeout').default(systemClock),
  });
  return [
    new CpuSensor({ clock }),
    new MemorySensor({ clock }),
    new HeapSensor(),
    new MemoryPressureSensor({ clock }),
    new EventLoopSensor({ clock }),
  ];
}
