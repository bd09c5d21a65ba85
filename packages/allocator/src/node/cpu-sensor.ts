import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '@evenkeel/core';
import {
  allowedCpus,
  type CpuLimit,
  type CpuTotals,
  cgroupChains,
  cpuLimits,
  cpuTotals,
  type ReadFile,
} from '@evenkeel/core/node';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { KernelFiles, LIMITS_FOR_MS } from './kernel-files.ts';

export interface CpuSensorOptions {
  readonly clock?: Clock;
  /** Reads the kernel's files. @defaultValue the file system, with files kept open from `start` to `stop` */
  readonly readFile?: ReadFile;
  /** CPU time of the process so far, in microseconds. @defaultValue process.cpuUsage */
  readonly processUsage?: () => { readonly user: number; readonly system: number };
}

/** Running totals at one moment; a reading is the difference of two. */
interface Sample {
  readonly atMs: number;
  readonly processMs: number;
  /** How long this thread has stood ready and did not get a CPU. */
  readonly waitedMs: number | undefined;
  readonly groups: ReadonlyMap<string, CpuTotals>;
}

interface Limits {
  readonly readAtMs: number;
  readonly allowedCpus: number;
  readonly groups: readonly CpuLimit[];
}

/* CPU times are counted in steps of up to 10 ms, so shorter intervals would measure the steps. */
const SHORTEST_INTERVAL_MS = 50;

/**
 * Use of the CPU since the previous reading, of what there is: of the smallest quota in force at any level of
 * control groups, where all of the group counts, and of the CPUs that the process may run on.
 *
 * What waited is added: the part of the scheduler's periods in which the group was stopped (throttled), or the
 * part of the time in which this thread stood ready and others had the CPUs, whichever is greater. So it is 1 and
 * more where a quota is used up, however idle the event loop believes to be, and it grows where neighbours that
 * are none of this process's business take the CPU away from it.
 */
export class CpuSensor implements ResourceSensor {
  readonly resource = 'cpu';
  readonly #clock: Clock;
  readonly #files: KernelFiles;
  readonly #usage: () => { readonly user: number; readonly system: number };
  #limits: Limits | undefined;
  #previous: Sample | undefined;
  #reading: ResourceReading | undefined;

  constructor({
    clock = systemClock,
    readFile,
    processUsage = () => process.cpuUsage(),
  }: CpuSensorOptions = {}) {
    this.#clock = clock;
    this.#files = new KernelFiles(readFile);
    this.#usage = processUsage;
  }

  start(): void {
    this.#reading = undefined;
    this.#limits = this.#readLimits(this.#clock.monotonic());
    this.#previous = this.#sample(this.#limits);
  }

  stop(): void {
    this.#previous = undefined;
    this.#files.close();
  }

  /** `undefined` while it isn't started; one so soon after another that it would measure little repeats it. */
  read(): ResourceReading | undefined {
    const before = this.#previous;
    if (!before || !this.#limits) return undefined;
    const nowMs = this.#clock.monotonic();
    if (nowMs - before.atMs < SHORTEST_INTERVAL_MS) return this.#reading;
    if (nowMs - this.#limits.readAtMs >= LIMITS_FOR_MS) this.#limits = this.#readLimits(nowMs);
    const now = this.#sample(this.#limits);
    this.#reading = difference(before, now, this.#limits);
    this.#previous = now;
    return this.#reading;
  }

  #readLimits(nowMs: number): Limits {
    const { read } = this.#files;
    return {
      readAtMs: nowMs,
      allowedCpus: allowedCpus(read) ?? availableParallelism(),
      groups: cpuLimits(cgroupChains('cpu', read), read),
    };
  }

  #sample({ groups }: Limits): Sample {
    const { read } = this.#files;
    const { user, system } = this.#usage();
    return {
      atMs: this.#clock.monotonic(),
      processMs: (user + system) / 1000,
      waitedMs: waitedMs(read),
      groups: new Map(groups.map((group) => [group.directory, cpuTotals(group, read)])),
    };
  }
}

function difference(before: Sample, now: Sample, limits: Limits): ResourceReading {
  const elapsedMs = now.atMs - before.atMs;
  const processCpus = grown(before.processMs, now.processMs) / elapsedMs;
  const groups = limits.groups.map(({ directory, cpus }) => {
    const [earlier, later] = [before.groups.get(directory), now.groups.get(directory)];
    // Where the kernel doesn't tell, or has counted less than this process alone has used.
    const groupCpus = Math.max(processCpus, grown(earlier?.usedMs, later?.usedMs) / elapsedMs);
    return { cpus, groupCpus, used: groupCpus / cpus, throttled: throttledRatio(earlier, later) };
  });
  const [fullest] = groups.sort((a, b) => b.used - a.used);
  const used = Math.max(processCpus / limits.allowedCpus, fullest?.used ?? 0);
  const throttled = Math.max(0, ...groups.map((group) => group.throttled));
  const waited = Math.min(1, grown(before.waitedMs, now.waitedMs) / elapsedMs);
  return {
    utilization: used + Math.max(throttled, waited),
    evidence: {
      processCpus,
      allowedCpus: limits.allowedCpus,
      ...(fullest && { groupCpus: fullest.groupCpus, quotaCpus: fullest.cpus, throttledRatio: throttled }),
      ...(now.waitedMs !== undefined && { waitedRatio: waited }),
    },
  };
}

function throttledRatio(before: CpuTotals | undefined, now: CpuTotals | undefined): number {
  const periods = grown(before?.throttling?.periods, now?.throttling?.periods);
  const throttled = grown(before?.throttling?.throttledPeriods, now?.throttling?.throttledPeriods);
  return periods > 0 ? Math.min(1, throttled / periods) : 0;
}

/** 0 where a total is unknown, or was begun anew. */
function grown(before: number | undefined, now: number | undefined): number {
  return before === undefined || now === undefined ? 0 : Math.max(0, now - before);
}

/**
 * `run wait slices`, in nanoseconds, of the thread that opens the file.
 *
 * @see https://docs.kernel.org/scheduler/sched-stats.html
 */
function waitedMs(read: ReadFile): number | undefined {
  const match = /^\d+ (\d+) \d+\s*$/.exec(read('/proc/thread-self/schedstat') ?? '');
  return match ? Number(match[1]) / 1e6 : undefined;
}
