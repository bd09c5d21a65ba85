export { type DiskCheckOptions, diskCheck } from './disk-check.ts';
export { type DrainOnSignalOptions, drainOnSignal } from './drain-on-signal.ts';
export { type EventLoopCheckOptions, eventLoopCheck } from './event-loop-check.ts';
export { type HealthHandler, type HealthHandlerOptions, healthHandler } from './health-handler.ts';
export { type MemoryCheckOptions, type MemoryReading, memoryCheck } from './memory-check.ts';
export { type NodeHealthChecksOptions, nodeHealthChecks } from './node-health-checks.ts';
export {
  StallWatchdog,
  type StallWatchdogAddress,
  type StallWatchdogEvents,
  type StallWatchdogOptions,
} from './stall-watchdog.ts';
export { type UptimeCheckOptions, uptimeCheck } from './uptime-check.ts';
