import { type Clock, systemClock } from '@evenkeel/core';
import {
  type CgroupChain,
  cgroupChains,
  groupMemoryPressure,
  type PressureTotals,
  type ReadFile,
} from '@evenkeel/core/node';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { KernelFiles, LIMITS_FOR_MS } from './kernel-files.ts';

export interface MemoryPressureSensorOptions {
  readonly clock?: Clock;
  /** Reads the kernel's files. @defaultValue the file system, with files kept open from `start` to `stop` */
  readonly readFile?: ReadFile;
}

interface Sample {
  readonly atMs: number;
  readonly totals: PressureTotals | undefined;
}

interface Groups {
  readonly readAtMs: number;
  readonly chains: readonly CgroupChain[];
}

/* Over a shorter time the accounting of the kernel, which is done in steps, would be measured. */
const SHORTEST_INTERVAL_MS = 50;

/** Nobody could work half of the time: somewhat before systemd-oomd (60 %) and Android's lmkd (70 %) kill. */
const EXHAUSTED_FULL_RATIO = 0.5;

/**
 * Time lost waiting for memory (to be reclaimed, to be read in again), by the pressure stall information of the
 * process's own control group, since the previous reading: the part of the time in which some task waited, or
 * twice that in which all of them did. It tells of file cache that was needed and is no longer there, where what
 * is used still looks far from the limit. Not of the machine, where others wait within limits of their own.
 */
export class MemoryPressureSensor implements ResourceSensor {
  readonly resource = 'memory';
  readonly #clock: Clock;
  readonly #files: KernelFiles;
  #groups: Groups | undefined;
  #previous: Sample | undefined;
  #reading: ResourceReading | undefined;

  constructor({ clock = systemClock, readFile }: MemoryPressureSensorOptions = {}) {
    this.#clock = clock;
    this.#files = new KernelFiles(readFile);
  }

  start(): void {
    const nowMs = this.#clock.monotonic();
    this.#reading = undefined;
    this.#groups = this.#findGroups(nowMs);
    this.#previous = { atMs: nowMs, totals: this.#totals(this.#groups) };
  }

  stop(): void {
    this.#previous = undefined;
    this.#files.close();
  }

  /** `undefined` while it isn't started, and where the kernel has no such information of the group. */
  read(): ResourceReading | undefined {
    const before = this.#previous;
    if (!before || !this.#groups) return undefined;
    const atMs = this.#clock.monotonic();
    const elapsedMs = atMs - before.atMs;
    if (elapsedMs < SHORTEST_INTERVAL_MS) return this.#reading;
    const isDue = atMs - this.#groups.readAtMs >= LIMITS_FOR_MS;
    if (isDue) this.#groups = this.#findGroups(atMs);
    // Where there is none, it isn't looked for each time: a file that doesn't exist costs more than one that does.
    const totals = before.totals || isDue ? this.#totals(this.#groups) : undefined;
    this.#previous = { atMs, totals };
    this.#reading = before.totals && totals && difference(before.totals, totals, elapsedMs);
    return this.#reading;
  }

  #findGroups(nowMs: number): Groups {
    const { read } = this.#files;
    const chains = cgroupChains('memory', read).filter(
      ({ version, directories: [own = ''] }) =>
        // The root group, which has no such file, presents what the whole machine waits for.
        version === 2 && read(`${own}/cgroup.events`) !== undefined,
    );
    return { readAtMs: nowMs, chains };
  }

  #totals({ chains }: Groups): PressureTotals | undefined {
    return groupMemoryPressure(chains, this.#files.read);
  }
}

function difference(before: PressureTotals, now: PressureTotals, elapsedMs: number): ResourceReading {
  const someRatio = part(now.someMs - before.someMs, elapsedMs);
  const fullRatio = part(now.fullMs - before.fullMs, elapsedMs);
  return {
    utilization: Math.max(someRatio, fullRatio / EXHAUSTED_FULL_RATIO),
    evidence: { someRatio, fullRatio, source: 'memory.pressure' },
  };
}

function part(ms: number, elapsedMs: number): number {
  return Math.min(1, Math.max(0, ms / elapsedMs));
}
