import type { AdmissionStatistics } from '../admission/admission-statistics.ts';
import type { AllocationState } from '../components/allocation-state.ts';
import type { CpuPriority, MemoryFootprint } from '../components/component-options.ts';
import type { ResourceMode } from '../modes.ts';
import type { KnownOrNot } from './manager-events.ts';

/** Used part of each resource in percent. One that no sensor can tell is absent. */
export interface ResourceUsage {
  readonly cpu?: number;
  readonly memory?: number;
  readonly eventLoop?: number;
  readonly [resource: string]: number | undefined;
}

export interface ResourceSnapshot {
  readonly level: KnownOrNot;
  /** From 0 to 1 and beyond; absent where unknown. */
  readonly utilization?: number;
  /** Wall time since when the level stands, in ms since 1970. */
  readonly since: number;
  readonly evidence: Readonly<Record<string, number | string>>;
}

export interface ComponentSnapshot {
  readonly state: AllocationState;
  readonly cpuPriority: CpuPriority;
  readonly memoryFootprint: MemoryFootprint;
  readonly isEssential: boolean;
  /** Utilisation that goes with its whole share, by resource, as far as that was learned. */
  readonly effects: Readonly<Record<string, number>>;
}

/** What the manager knows and does, as plain data. */
export interface ResourceManagerSnapshot {
  readonly mode: ResourceMode;
  readonly isRunning: boolean;
  readonly resources: Readonly<Record<string, ResourceSnapshot>>;
  readonly components: Readonly<Record<string, ComponentSnapshot>>;
  readonly admission: AdmissionStatistics;
  /** What was decided last; absent before that. */
  readonly lastStep?: LastStep;
}

export interface LastStep {
  readonly kind: 'relieve' | 'restore';
  /** Wall time, in ms since 1970. */
  readonly at: number;
  readonly reason: string;
  readonly components: readonly string[];
}
