import { freemem, totalmem } from 'node:os';
import { type Clock, systemClock } from '@evenkeel/core';
import {
  cgroupChains,
  type GroupMemoryLimit,
  groupMemory,
  groupMemoryLimits,
  type HostMemory,
  hostMemory,
  type ReadFile,
} from '@evenkeel/core/node';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { KernelFiles, LIMITS_FOR_MS } from './kernel-files.ts';

export interface MemorySensorOptions {
  readonly clock?: Clock;
  /** Reads the kernel's files. @defaultValue the file system, with files kept open from `start` to `stop` */
  readonly readFile?: ReadFile;
  /** The machine's memory where the kernel's files don't tell. @defaultValue os.totalmem() and os.freemem() */
  readonly systemMemory?: () => HostMemory | undefined;
  /** Memory of the process, in bytes. @defaultValue process.memoryUsage.rss */
  readonly rss?: () => number;
}

interface Usage {
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly source: 'cgroup-v2' | 'cgroup-v1' | 'host' | 'process';
}

interface Limits {
  readonly readAtMs: number;
  readonly groups: readonly GroupMemoryLimit[];
}

/**
 * Memory that cannot be reclaimed, of what there is: of the limit of each control group that the process is in,
 * and of the machine. The fullest of them counts, since whichever is full first ends the process.
 *
 * File cache is no use of memory, read once or often, nor are the kernel's caches: they give way when memory is
 * needed. (That they are needed themselves shows in the time that is lost waiting: `MemoryPressureSensor`.)
 * Buffers, native memory, shared memory, thread stacks and what other processes of the group use all count.
 */
export class MemorySensor implements ResourceSensor {
  readonly resource = 'memory';
  readonly #clock: Clock;
  readonly #files: KernelFiles;
  readonly #systemMemory: () => HostMemory | undefined;
  readonly #rss: () => number;
  #limits: Limits | undefined;

  constructor({
    clock = systemClock,
    readFile,
    systemMemory = systemMemoryByNode,
    rss = () => process.memoryUsage.rss(),
  }: MemorySensorOptions = {}) {
    this.#clock = clock;
    this.#files = new KernelFiles(readFile);
    this.#systemMemory = systemMemory;
    this.#rss = rss;
  }

  start(): void {
    this.#limits = this.#readLimits(this.#clock.monotonic());
  }

  stop(): void {
    this.#limits = undefined;
    this.#files.close();
  }

  /** `undefined` while it isn't started. */
  read(): ResourceReading | undefined {
    if (!this.#limits) return undefined;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#limits.readAtMs >= LIMITS_FOR_MS) this.#limits = this.#readLimits(nowMs);
    let fullest = this.#host();
    for (const group of this.#limits.groups) {
      const usage = this.#group(group);
      if (usage.usedBytes / usage.limitBytes > fullest.usedBytes / fullest.limitBytes) fullest = usage;
    }
    const { usedBytes, limitBytes, source } = fullest;
    return { utilization: usedBytes / limitBytes, evidence: { usedBytes, limitBytes, source } };
  }

  #readLimits(nowMs: number): Limits {
    const { read } = this.#files;
    return { readAtMs: nowMs, groups: groupMemoryLimits(cgroupChains('memory', read), read) };
  }

  #host(): Usage {
    const host = hostMemory(this.#files.read) ?? this.#systemMemory();
    if (!host) return { usedBytes: this.#rss(), limitBytes: totalmem(), source: 'process' };
    const usedBytes = Math.max(0, host.totalBytes - host.availableBytes);
    return { usedBytes, limitBytes: host.totalBytes, source: 'host' };
  }

  #group(group: GroupMemoryLimit): Usage {
    const { limitBytes, version } = group;
    const memory = groupMemory(group, this.#files.read);
    if (!memory) return { usedBytes: this.#rss(), limitBytes, source: 'process' };
    const cacheBytes = memory.inactiveFileBytes + memory.activeFileBytes + memory.reclaimableSlabBytes;
    return {
      usedBytes: Math.max(0, memory.currentBytes - cacheBytes),
      limitBytes,
      source: version === 2 ? 'cgroup-v2' : 'cgroup-v1',
    };
  }
}

/** Windows alone tells by it what could be used: elsewhere `freemem` leaves out what is filled with cache. */
function systemMemoryByNode(): HostMemory | undefined {
  return process.platform === 'win32' ? { totalBytes: totalmem(), availableBytes: freemem() } : undefined;
}
