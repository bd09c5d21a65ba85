export { AdmissionController } from './admission/admission-controller.ts';
export type { AdmissionEvents } from './admission/admission-events.ts';
export type { AdmissionOptions } from './admission/admission-options.ts';
export type { AdmissionStatistics, ClassStatistics } from './admission/admission-statistics.ts';
export type { RunOptions } from './admission/call-ticket.ts';
export type { NextTurn } from './admission/next-turn.ts';
export { OverloadedError } from './admission/overloaded-error.ts';
export { REQUEST_CLASSES, type RefusalReason, type RequestClass } from './admission/request-class.ts';
export { Ticket } from './admission/ticket.ts';
export type {
  ActionName,
  AllocationState,
  PausedBy,
  UnresponsiveState,
} from './components/allocation-state.ts';
export type {
  ActionRequest,
  ComponentOptions,
  CpuPriority,
  MemoryFootprint,
  ReduceRequest,
} from './components/component-options.ts';
export * from './limiter/index.ts';
export type { KnownOrNot, ResourceManagerEvents } from './manager/manager-events.ts';
export type { ResourceAllocationManagerOptions } from './manager/manager-options.ts';
export type {
  ComponentSnapshot,
  LastStep,
  ResourceManagerSnapshot,
  ResourceSnapshot,
  ResourceUsage,
} from './manager/manager-snapshot.ts';
export {
  MODES,
  type ModeSettings,
  RESOURCE_MODES,
  type ResourceMode,
  type ResourceThresholds,
} from './modes.ts';
export { type FakeSensor, fakeSensor } from './pressure/fake-sensor.ts';
export { PRESSURE_LEVELS, type PressureLevel } from './pressure/pressure-level.ts';
export type { ResourceReading, ResourceSensor } from './pressure/resource-sensor.ts';
export { type PauseOptions, ResourceAllocationManager } from './resource-allocation-manager.ts';
export * from './scaling/index.ts';
