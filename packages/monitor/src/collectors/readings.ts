/**
 * Readings of the processor, under the collector name `cpu`. Ratios are from 0 to 1 and concern the time since
 * this reader's previous reading.
 */
export interface CpuReading {
  /** CPU time of the process, relative to all the CPUs it may use. */
  readonly ratio: number;
  /** CPU time of the process in CPUs: 1 is one CPU fully used. */
  readonly cores: number;
  /** CPUs that the process may use: the smaller of the container's quota and the CPUs it is allowed on. */
  readonly availableCpus: number;
  /** The container's quota in CPUs; absent without one. */
  readonly quotaCpus?: number;
  /** CPU time of the process since it began, in seconds. */
  readonly totalSeconds: number;
  /** Use of the whole machine. */
  readonly systemRatio?: number;
  /** Time the hypervisor gave to other machines. */
  readonly stealRatio?: number;
  /** Scheduler periods in which the container was stopped for having used up its quota. */
  readonly throttledRatio?: number;
  /** Time the container's threads were stopped, in ms. */
  readonly throttledMs?: number;
}

/** Readings of memory, under the collector name `memory`. */
export interface MemoryReading {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** What the JavaScript heap may grow to. */
  readonly heapLimitBytes: number;
  /** `heapUsedBytes` to `heapLimitBytes`. */
  readonly heapUsedRatio: number;
  /** Memory of objects bound to JavaScript ones, buffers among them. */
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  /** Parts of the heap by the engine's names: `new_space`, `old_space`, … */
  readonly spaces: Readonly<Record<string, { readonly usedBytes: number; readonly sizeBytes: number }>>;
  /** The memory limit in force: the smallest of the container's and the machine's. */
  readonly limitBytes: number;
  readonly limitSource: 'cgroup-v2' | 'cgroup-v1' | 'host';
  /** Used of `limitBytes`, by everything that shares it, without file cache that can be dropped. */
  readonly usedBytes: number;
  /** `usedBytes` to `limitBytes`. */
  readonly usedRatio: number;
  /** Part of the time since the previous reading in which some task waited for memory (PSI). */
  readonly pressureSomeRatio?: number;
  /** The same, of the time in which all tasks waited. */
  readonly pressureFullRatio?: number;
}

/**
 * Readings of the event loop, under the collector name `eventLoop`. A delay is the time by which the loop
 * would be late for something that falls due at a random moment.
 */
export interface EventLoopReading {
  readonly meanDelayMs: number;
  readonly p50DelayMs: number;
  readonly p99DelayMs: number;
  /** The longest delay since this reader's previous reading, one that still goes on included. */
  readonly maxDelayMs: number;
  /** Part of the time in which the loop was not waiting for events, from 0 to 1. */
  readonly utilization: number;
}

export interface GcKindReading {
  readonly count: number;
  readonly timeMs: number;
}

/** Readings of garbage collection since this reader's previous reading, under the collector name `gc`. */
export interface GcReading {
  readonly count: number;
  readonly timeMs: number;
  readonly longestMs: number;
  /** `timeMs` to the time that passed. */
  readonly ratio: number;
  readonly kinds: {
    readonly minor: GcKindReading;
    readonly major: GcKindReading;
    readonly incremental: GcKindReading;
    readonly weakCallbacks: GcKindReading;
  };
  /** Since the collector started. */
  readonly totalCount: number;
  readonly totalSeconds: number;
}

export interface GpuDeviceReading {
  readonly index: number;
  readonly name: string;
  readonly utilizationRatio?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
  readonly temperatureCelsius?: number;
}

/** Readings of NVIDIA GPUs, under the collector name `gpu`; the whole reading is absent without `nvidia-smi`. */
export interface GpuReading {
  readonly devices: readonly GpuDeviceReading[];
  /** Of the busiest device. */
  readonly utilizationRatio?: number;
  /** Of the fullest device. */
  readonly memoryUsedRatio?: number;
}

/** Readings of the process, under the collector name `process`. */
export interface ProcessReading {
  readonly pid: number;
  readonly uptimeSeconds: number;
  /** Timers, sockets, requests and so on that keep the event loop going. */
  readonly activeResources: number;
  /** File descriptors; absent where the system does not tell. */
  readonly openFiles?: number;
  readonly maxOpenFiles?: number;
}
