import type { ReadFile } from '../read-file.ts';
import { type CgroupChain, readField, readNumber } from './cgroup-files.ts';

/** A limit on the CPU time of one of the groups that the process is in. */
export interface CpuLimit {
  readonly cpus: number;
  readonly version: 1 | 2;
  readonly directory: string;
}

/** The smallest limit on CPU time, and how it was felt. */
export interface CpuQuota {
  readonly cpus: number;
  /** Running totals of the group that has the quota; absent where the kernel does not tell. */
  readonly throttling: ThrottlingTotals | undefined;
}

/** Running totals of a group, its children's included; what the kernel doesn't tell is `undefined`. */
export interface CpuTotals {
  readonly usedMs: number | undefined;
  readonly throttling: ThrottlingTotals | undefined;
}

interface ThrottlingTotals {
  /** Scheduler periods in which the group ran. */
  readonly periods: number;
  /** Those of them in which it was stopped until the next. */
  readonly throttledPeriods: number;
  readonly throttledMs: number;
}

/** The smallest quota of all groups the process is in; `undefined` where none has one. */
export function cpuQuota(chains: readonly CgroupChain[], read: ReadFile): CpuQuota | undefined {
  let smallest: CpuLimit | undefined;
  for (const limit of cpuLimits(chains, read)) {
    if (!smallest || limit.cpus < smallest.cpus) smallest = limit;
  }
  return smallest && { cpus: smallest.cpus, throttling: cpuTotals(smallest, read).throttling };
}

/** The quotas of all groups that have one, own group first. */
export function cpuLimits(chains: readonly CgroupChain[], read: ReadFile): CpuLimit[] {
  return chains.flatMap(({ version, directories }) =>
    directories.flatMap((directory) => {
      const cpus = version === 2 ? quotaV2(directory, read) : quotaV1(directory, read);
      return cpus === undefined ? [] : [{ cpus, version, directory }];
    }),
  );
}

/**
 * What a group has used and how often it was stopped. Version 1 counts the use in a controller of its own, which
 * usually is mounted together with that of the quotas; where it isn't, the use is `undefined`.
 */
export function cpuTotals({ version, directory }: CpuLimit, read: ReadFile): CpuTotals {
  const stat = read(`${directory}/cpu.stat`);
  const usedMs =
    version === 2
      ? scaled(field(stat, 'usage_usec'), 1000)
      : scaled(readNumber(read(`${directory}/cpuacct.usage`)), 1_000_000);
  return { usedMs, throttling: throttling(stat, version) };
}

/** `50000 100000`: 50 ms of CPU time in each 100 ms; `max 100000` for no quota. */
function quotaV2(directory: string, read: ReadFile): number | undefined {
  const [quota, period] = read(`${directory}/cpu.max`)?.trim().split(/\s+/) ?? [];
  return ratio(readNumber(quota), readNumber(period));
}

/** A quota of -1 is none. */
function quotaV1(directory: string, read: ReadFile): number | undefined {
  const quota = readNumber(read(`${directory}/cpu.cfs_quota_us`));
  return quota ? ratio(quota, readNumber(read(`${directory}/cpu.cfs_period_us`))) : undefined;
}

function ratio(quota: number | undefined, period: number | undefined): number | undefined {
  return quota && period ? quota / period : undefined;
}

function throttling(stat: string | undefined, version: 1 | 2): ThrottlingTotals | undefined {
  const periods = field(stat, 'nr_periods');
  const throttledPeriods = field(stat, 'nr_throttled');
  const throttledMs =
    version === 2
      ? scaled(field(stat, 'throttled_usec'), 1000)
      : scaled(field(stat, 'throttled_time'), 1_000_000);
  if (periods === undefined || throttledPeriods === undefined || throttledMs === undefined) return undefined;
  return { periods, throttledPeriods, throttledMs };
}

function field(text: string | undefined, name: string): number | undefined {
  return readNumber(readField(text, name));
}

function scaled(value: number | undefined, per: number): number | undefined {
  return value === undefined ? undefined : value / per;
}
