import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { formatBytes, option, readOptions } from '@evenkeel/core';
import type { CheckResult, HealthCheck } from '../check.ts';
import { levelOf, requireOrder } from './thresholds.ts';

/** How much memory is used, and how much there may be, in bytes. */
export interface MemoryReading {
  /** Resident memory of the process. */
  readonly residentBytes: number;
  /** The smaller of the container's limit and the machine's memory. */
  readonly limitBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
}

/** Options of {@link memoryCheck}. */
export interface MemoryCheckOptions {
  /** Used part of the tightest limit from which on the check warns. @defaultValue 0.85 */
  readonly warning?: number;
  /** Used part of the tightest limit from which on the check is critical. @defaultValue 0.95 */
  readonly critical?: number;
  /** Where the numbers come from. @defaultValue this process, its heap limit, cgroup and machine */
  readonly read?: () => MemoryReading;
}

/**
 * Judges memory by whichever limit is nearest: that of V8's heap, or that of the process, which is the
 * container's (cgroup) where one is set, else the machine's memory.
 *
 * @throws ConfigurationError
 */
export function memoryCheck(options: MemoryCheckOptions = {}): HealthCheck {
  const { warning, critical, read } = readOptions('memoryCheck', options, {
    warning: option.number({ min: 0, max: 1 }).default(0.85),
    critical: option.number({ min: 0, max: 1 }).default(0.95),
    read: option.callback<() => MemoryReading>().default(readProcessMemory),
  });
  requireOrder('memoryCheck', { warning, critical });
  const check = (): CheckResult => {
    const reading = read();
    const { residentBytes, limitBytes, heapUsedBytes, heapLimitBytes } = reading;
    const heap = { name: 'the heap limit', ratio: heapUsedBytes / heapLimitBytes, limit: heapLimitBytes };
    const process = { name: 'the memory limit', ratio: residentBytes / limitBytes, limit: limitBytes };
    const nearest = heap.ratio > process.ratio ? heap : process;
    return {
      status: levelOf(nearest.ratio, { warning, critical }),
      message: `${(nearest.ratio * 100).toFixed(1)} % of ${nearest.name} of ${formatBytes(nearest.limit)}`,
      details: { ...reading, ratio: nearest.ratio },
    };
  };
  return Object.assign(async () => check(), { componentType: 'system' as const });
}

/** Reads this process's memory and the limits in force. */
export function readProcessMemory(): MemoryReading {
  const machineBytes = totalmem();
  const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  // Without a limit libuv says 0 or a number near 2^64, depending on the system.
  const constrained: number | undefined = process.constrainedMemory();
  const isLimited = constrained !== undefined && constrained > 0 && constrained < machineBytes;
  return {
    residentBytes: process.memoryUsage.rss(),
    limitBytes: isLimited ? constrained : machineBytes,
    heapUsedBytes,
    heapLimitBytes,
  };
}
