import type { Clock } from '@evenkeel/core';
import { CpuCollector } from './cpu-collector.ts';
import { EventLoopCollector } from './event-loop-collector.ts';
import { GcCollector } from './gc-collector.ts';
import { GpuCollector } from './gpu-collector.ts';
import { MemoryCollector } from './memory-collector.ts';
import { ProcessCollector } from './process-collector.ts';

export interface NodeCollectorsOptions {
  readonly clock?: Clock;
  /**
   * Time between two samples of the event-loop delay, in ms. Waking an idle process for them is most of what a
   * monitor costs: a longer time costs less and knows the length of a block less well. @defaultValue 20
   */
  readonly resolutionMs?: number;
}

/** All collectors of Node by the names that the summary knows them under. */
export type NodeCollectors = {
  readonly cpu: CpuCollector;
  readonly memory: MemoryCollector;
  readonly eventLoop: EventLoopCollector;
  readonly gc: GcCollector;
  readonly gpu: GpuCollector;
  readonly process: ProcessCollector;
};

/**
 * A new set of all collectors of Node, for the `collectors` option of `PerformanceMonitor`. Each set measures
 * on its own: don't give one to two monitors.
 */
export function nodeCollectors(options: NodeCollectorsOptions = {}): NodeCollectors {
  return {
    cpu: new CpuCollector(options),
    memory: new MemoryCollector(options),
    eventLoop: new EventLoopCollector(options),
    gc: new GcCollector(options),
    gpu: new GpuCollector(options),
    process: new ProcessCollector(),
  };
}
