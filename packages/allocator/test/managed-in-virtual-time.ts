import { VirtualClock } from '@evenkeel/core';
import {
  type ActionRequest,
  type ComponentOptions,
  type ReduceRequest,
  ResourceAllocationManager,
  type ResourceAllocationManagerOptions,
} from '../src/index.ts';
import { fakeSensor } from '../src/pressure/fake-sensor.ts';

/** A manager on a clock that stands still, with a CPU that reads what it is told, and all that it emits. */
export function virtualManager(options: ResourceAllocationManagerOptions = {}) {
  const clock = new VirtualClock(Date.UTC(2024, 0, 1));
  const cpu = fakeSensor('cpu', 0.1);
  const manager = new ResourceAllocationManager({ clock, sensors: [cpu], interval: 500, ...options });
  const events: string[] = [];
  const errors: string[] = [];
  manager.on('*', ({ type, data }) => {
    if (type === 'error') errors.push(`${data.source}: ${data.error.message}`);
    else events.push(describeEvent(type.replace('resource-manager:', ''), data));
  });
  return { clock, cpu, manager, events, errors };
}

function describeEvent(type: string, data: object): string {
  const { id, resource, from, to, share, by, during, attempts } = data as Record<string, unknown>;
  return [type, id ?? resource, from, to, share, by, during, attempts]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** A component that keeps what it is told. */
export function recordingComponent(options: Partial<ComponentOptions> = {}) {
  const calls: string[] = [];
  const requests: (ActionRequest | ReduceRequest)[] = [];
  const note = (name: string) => (request: ActionRequest | ReduceRequest) => {
    calls.push('share' in request ? `${name} ${request.share}` : name);
    requests.push(request);
  };
  const component: ComponentOptions = {
    pauseCallback: note('pause'),
    resumeCallback: note('resume'),
    reduceResourcesCallback: note('reduce'),
    ...options,
  };
  return { component, calls, requests };
}

/** One that can be paused and resumed only. */
export function pausable(options: Partial<ComponentOptions> = {}) {
  return recordingComponent({ reduceResourcesCallback: undefined, ...options });
}

export const never = (): Promise<never> => new Promise<never>(() => {});
