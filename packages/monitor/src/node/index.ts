export { type ReadFile, readFile } from '@evenkeel/core/node';
export { CpuCollector, type CpuCollectorOptions } from './cpu-collector.ts';
export { EventLoopCollector, type EventLoopCollectorOptions } from './event-loop-collector.ts';
export {
  type DelayReader,
  type DelayStatistics,
  EventLoopDelay,
  type EventLoopDelayOptions,
} from './event-loop-delay.ts';
export { GcCollector, type GcCollectorOptions } from './gc-collector.ts';
export { GpuCollector, type GpuCollectorOptions, parseGpus } from './gpu-collector.ts';
export { MemoryCollector, type MemoryCollectorOptions } from './memory-collector.ts';
export { type NodeCollectors, type NodeCollectorsOptions, nodeCollectors } from './node-collectors.ts';
export { ProcessCollector, type ProcessCollectorOptions } from './process-collector.ts';
