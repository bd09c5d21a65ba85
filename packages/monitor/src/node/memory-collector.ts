import { freemem, totalmem } from 'node:os';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { type Clock, systemClock } from '@evenkeel/core';
import {
  type CgroupChain,
  cgroupChains,
  guarded,
  type HostMemory,
  memoryLimit,
  memoryPressure,
  type PressureTotals,
  type ReadFile,
  readFile,
} from '@evenkeel/core/node';
import type { Collector } from '../collectors/collector.ts';
import type { MemoryReading } from '../collectors/readings.ts';

export interface MemoryCollectorOptions {
  readonly clock?: Clock;
  /** Reads the kernel's files. @defaultValue the file system */
  readonly readFile?: ReadFile;
  /** The machine's memory. @defaultValue os.totalmem() and os.freemem() */
  readonly hostMemory?: () => HostMemory;
}

/** Memory of the process by kind, and the limit in force with what is used of it. */
export class MemoryCollector implements Collector<MemoryReading> {
  readonly #clock: Clock;
  readonly #read: ReadFile;
  readonly #host: () => HostMemory;
  #chains: readonly CgroupChain[];
  #pressure: { readonly atMs: number; readonly totals: PressureTotals | undefined };

  constructor({
    clock = systemClock,
    readFile: read = readFile,
    hostMemory = () => ({ totalBytes: totalmem(), availableBytes: freemem() }),
  }: MemoryCollectorOptions = {}) {
    this.#clock = clock;
    this.#read = guarded(read);
    this.#host = hostMemory;
    this.#chains = cgroupChains('memory', this.#read);
    this.#pressure = this.#readPressure();
  }

  /** Begins a new interval. */
  start(): void {
    this.#chains = cgroupChains('memory', this.#read);
    this.#pressure = this.#readPressure();
  }

  collect(): MemoryReading {
    const usage = process.memoryUsage();
    const heapLimitBytes = getHeapStatistics().heap_size_limit;
    const limit = memoryLimit(this.#chains, this.#host(), this.#read);
    return {
      rssBytes: usage.rss,
      heapUsedBytes: usage.heapUsed,
      heapTotalBytes: usage.heapTotal,
      heapLimitBytes,
      heapUsedRatio: usage.heapUsed / heapLimitBytes,
      externalBytes: usage.external,
      arrayBuffersBytes: usage.arrayBuffers,
      spaces: Object.fromEntries(
        getHeapSpaceStatistics().map((space) => [
          space.space_name,
          { usedBytes: space.space_used_size, sizeBytes: space.space_size },
        ]),
      ),
      limitBytes: limit.limitBytes,
      limitSource: limit.source,
      usedBytes: limit.usedBytes,
      usedRatio: limit.usedBytes / limit.limitBytes,
      ...this.#pressureRatios(),
    };
  }

  #readPressure(): { atMs: number; totals: PressureTotals | undefined } {
    return { atMs: this.#clock.monotonic(), totals: memoryPressure(this.#chains, this.#read) };
  }

  #pressureRatios(): Pick<MemoryReading, 'pressureSomeRatio' | 'pressureFullRatio'> {
    const before = this.#pressure;
    const now = this.#readPressure();
    const elapsedMs = now.atMs - before.atMs;
    if (elapsedMs <= 0) return {};
    this.#pressure = now;
    if (!before.totals || !now.totals) return {};
    const part = (ms: number): number => Math.min(1, Math.max(0, ms / elapsedMs));
    return {
      pressureSomeRatio: part(now.totals.someMs - before.totals.someMs),
      pressureFullRatio: part(now.totals.fullMs - before.totals.fullMs),
    };
  }
}
