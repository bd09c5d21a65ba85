import { ResourceAllocationManager, type ResourceMode } from '@evenkeel/allocator';
import type { VirtualClock } from '@evenkeel/core';
import { COMPONENTS, type Machine } from './machine.ts';

/** What a controller did. */
interface Changes {
  /** Of components between running, reduced and paused. */
  states: number;
  /** Of the share of a component that stayed reduced. */
  shares: number;
}

/** Takes control of the machine. */
export type Controller = (machine: Machine, clock: VirtualClock) => Changes;

const TICK_MS = 1000;

/** Pauses everything above the threshold, and resumes everything below it. */
export function allAtOnce(threshold: number): Controller {
  return (machine, clock) => {
    const changes = { states: 0, shares: 0 };
    const switches = Array.from({ length: COMPONENTS }, (_, index) => new Switch(machine, index, changes));
    clock.setInterval(() => {
      for (const each of switches) each.turn(machine.demand <= threshold);
    }, TICK_MS);
    return changes;
  };
}

/** Each second pauses one above the upper threshold, or resumes one below the lower. */
export function oneByOne(upper: number, lower: number): Controller {
  return (machine, clock) => {
    const changes = { states: 0, shares: 0 };
    const switches = Array.from({ length: COMPONENTS }, (_, index) => new Switch(machine, index, changes));
    clock.setInterval(() => {
      const idle = switches.filter(({ isBusy }) => !isBusy);
      if (machine.demand > upper) idle.find(({ isOn }) => isOn)?.turn(false);
      else if (machine.demand < lower) idle.findLast(({ isOn }) => !isOn)?.turn(true);
    }, TICK_MS);
    return changes;
  };
}

class Switch {
  readonly #machine: Machine;
  readonly #index: number;
  readonly #changes: Changes;
  isOn = true;
  isBusy = false;

  constructor(machine: Machine, index: number, changes: Changes) {
    this.#machine = machine;
    this.#index = index;
    this.#changes = changes;
  }

  turn(on: boolean): void {
    if (this.isBusy || this.isOn === on) return;
    this.isOn = on;
    this.isBusy = true;
    this.#changes.states += 1;
    void this.#machine.setShare(this.#index, on ? 1 : 0).then(() => {
      this.isBusy = false;
    });
  }
}

export interface ManagedOptions {
  readonly mode?: ResourceMode;
  /** Whether the components can be reduced. */
  readonly canReduce: boolean;
  /** Whether the sensor shows no more than 1, as one does that knows nothing of what waits. */
  readonly isCapped?: boolean;
}

const PRIORITIES = ['low', 'low', 'medium', 'medium', 'high'] as const;
const FOOTPRINTS = ['small', 'medium', 'large'] as const;

/** `ResourceAllocationManager` with default options. */
export function managed({ mode = 'balanced', canReduce, isCapped = false }: ManagedOptions): Controller {
  return (machine, clock) => {
    const changes = { states: 0, shares: 0 };
    const read = () => {
      const demand = machine.readMeanDemand();
      return { utilization: isCapped ? Math.min(1, demand) : demand, evidence: { demand } };
    };
    const manager = new ResourceAllocationManager({ clock, mode, sensors: [{ resource: 'cpu', read }] });
    countChanges(manager, changes);
    for (let index = 0; index < COMPONENTS; index++) {
      manager.registerComponent(`background-${index}`, {
        cpuPriority: PRIORITIES[index % PRIORITIES.length],
        memoryFootprint: FOOTPRINTS[index % FOOTPRINTS.length],
        pauseCallback: () => machine.setShare(index, 0),
        resumeCallback: () => machine.setShare(index, 1),
        reduceResourcesCallback: canReduce ? ({ share }) => machine.setShare(index, share) : undefined,
      });
    }
    manager.start();
    return changes;
  };
}

function countChanges(manager: ResourceAllocationManager, changes: Changes): void {
  const kinds = new Map<string, 'running' | 'reduced' | 'paused'>();
  const count = (id: string, kind: 'running' | 'reduced' | 'paused'): void => {
    if ((kinds.get(id) ?? 'running') === kind) changes.shares += 1;
    else changes.states += 1;
    kinds.set(id, kind);
  };
  manager.on('resource-manager:component-paused', ({ id }) => count(id, 'paused'));
  manager.on('resource-manager:component-resumed', ({ id }) => count(id, 'running'));
  manager.on('resource-manager:component-reduced', ({ id }) => count(id, 'reduced'));
}
