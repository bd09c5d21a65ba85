import { availableParallelism, cpus } from 'node:os';
import { type Clock, systemClock } from '@evenkeel/core';
import {
  allowedCpus,
  type CgroupChain,
  type CpuQuota,
  cgroupChains,
  cpuQuota,
  guarded,
  type ReadFile,
  readFile,
} from '@evenkeel/core/node';
import type { Collector } from '../collectors/collector.ts';
import type { CpuReading } from '../collectors/readings.ts';

export interface CpuCollectorOptions {
  readonly clock?: Clock;
  /** Reads the kernel's files. @defaultValue the file system */
  readonly readFile?: ReadFile;
  /** CPU time of the process so far, in microseconds. @defaultValue process.cpuUsage */
  readonly processUsage?: () => { readonly user: number; readonly system: number };
  /**
   * CPUs the process is allowed on. @defaultValue those that the kernel allows it, without regard to quotas; else
   * os.availableParallelism()
   */
  readonly hostCpus?: number;
}

/** Running totals at one moment; a reading is the difference of two. */
interface Sample {
  readonly atMs: number;
  readonly processMs: number;
  readonly system: SystemTimes | undefined;
  readonly quota: CpuQuota | undefined;
}

/** In whatever unit: only their ratios are used. */
interface SystemTimes {
  readonly total: number;
  readonly idle: number;
  readonly steal: number;
}

/* CPU times are counted in steps of up to 10 ms, so shorter intervals would measure the steps. */
const SHORTEST_INTERVAL_MS = 50;

/**
 * Use of the CPU by the process and the machine since this collector's previous reading; each instance has its
 * own, so that two readers don't disturb each other. A reading less than 50 ms after one repeats it, and one
 * so soon after the beginning is of the whole life of the process.
 */
export class CpuCollector implements Collector<CpuReading> {
  readonly #clock: Clock;
  readonly #read: ReadFile;
  readonly #usage: () => { readonly user: number; readonly system: number };
  readonly #hostCpus: number;
  #chains: readonly CgroupChain[];
  #previous: Sample;
  #reading: CpuReading | undefined;

  constructor({
    clock = systemClock,
    readFile: read = readFile,
    processUsage = () => process.cpuUsage(),
    hostCpus,
  }: CpuCollectorOptions = {}) {
    this.#clock = clock;
    this.#read = guarded(read);
    this.#usage = processUsage;
    this.#hostCpus = hostCpus ?? allowedCpus(this.#read) ?? availableParallelism();
    this.#chains = cgroupChains('cpu', this.#read);
    this.#previous = this.#sample();
  }

  /** Begins a new interval. */
  start(): void {
    this.#chains = cgroupChains('cpu', this.#read);
    this.#previous = this.#sample();
    this.#reading = undefined;
  }

  collect(): CpuReading {
    const now = this.#sample();
    if (now.atMs - this.#previous.atMs < SHORTEST_INTERVAL_MS) {
      return this.#reading ?? this.#difference(processStart(now), now);
    }
    this.#reading = this.#difference(this.#previous, now);
    this.#previous = now;
    return this.#reading;
  }

  #sample(): Sample {
    const { user, system } = this.#usage();
    return {
      atMs: this.#clock.monotonic(),
      processMs: (user + system) / 1000,
      system: systemTimes(this.#read),
      quota: cpuQuota(this.#chains, this.#read),
    };
  }

  #difference(before: Sample, now: Sample): CpuReading {
    const elapsedMs = now.atMs - before.atMs;
    const cores = elapsedMs > 0 ? (now.processMs - before.processMs) / elapsedMs : 0;
    const availableCpus = Math.min(now.quota?.cpus ?? Infinity, this.#hostCpus);
    return {
      ratio: cores / availableCpus,
      cores,
      availableCpus,
      totalSeconds: now.processMs / 1000,
      ...(now.quota && { quotaCpus: now.quota.cpus }),
      ...systemRatios(before.system, now.system),
      ...throttling(before.quota, now.quota),
    };
  }
}

function processStart(now: Sample): Sample {
  return { atMs: now.atMs - process.uptime() * 1000, processMs: 0, system: undefined, quota: undefined };
}

function systemRatios(
  before: SystemTimes | undefined,
  now: SystemTimes | undefined,
): Pick<CpuReading, 'systemRatio' | 'stealRatio'> {
  const total = before && now ? now.total - before.total : 0;
  if (!before || !now || total <= 0) return {};
  // The kernel's idle time can go back by a little.
  const idle = Math.min(total, Math.max(0, now.idle - before.idle));
  return { systemRatio: 1 - idle / total, stealRatio: Math.max(0, now.steal - before.steal) / total };
}

function throttling(
  before: CpuQuota | undefined,
  now: CpuQuota | undefined,
): Pick<CpuReading, 'throttledRatio' | 'throttledMs'> {
  if (!before?.throttling || !now?.throttling) return {};
  const periods = now.throttling.periods - before.throttling.periods;
  const throttled = now.throttling.throttledPeriods - before.throttling.throttledPeriods;
  return {
    throttledRatio: periods > 0 ? Math.max(0, throttled) / periods : 0,
    throttledMs: Math.max(0, now.throttling.throttledMs - before.throttling.throttledMs),
  };
}

/** From the first line of /proc/stat, else from `os.cpus()`, which is costly on machines with many CPUs. */
function systemTimes(read: ReadFile): SystemTimes | undefined {
  const match = /^cpu\s+([\d ]+)/.exec(read('/proc/stat') ?? '');
  if (match) {
    // Guest time, the ninth and tenth, is contained in user time.
    const times = (match[1] ?? '').trim().split(/\s+/).slice(0, 8).map(Number);
    const [, , , idle = 0, iowait = 0, , , steal = 0] = times;
    return { total: times.reduce((sum, time) => sum + time, 0), idle: idle + iowait, steal };
  }
  const all = cpus();
  if (all.length === 0) return undefined;
  let total = 0;
  let idle = 0;
  for (const { times } of all) {
    total += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { total, idle, steal: 0 };
}
