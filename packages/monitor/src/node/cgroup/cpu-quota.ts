import type { ReadFile } from '../read-file.ts';
import { type CgroupChain, readField, readNumber } from './cgroup-files.ts';

/** A limit on CPU time. */
export interface CpuQuota {
  readonly cpus: number;
  /** Running totals of the group that has the quota; absent where the kernel does not tell. */
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
  let smallest: { cpus: number; directory: string; version: 1 | 2 } | undefined;
  for (const { version, directories } of chains) {
    for (const directory of directories) {
      const cpus = version === 2 ? quotaV2(directory, read) : quotaV1(directory, read);
      if (cpus !== undefined && !(smallest && smallest.cpus <= cpus)) smallest = { cpus, directory, version };
    }
  }
  if (!smallest) return undefined;
  return { cpus: smallest.cpus, throttling: throttling(smallest.directory, smallest.version, read) };
}

/** `50000 100000`: 50 ms of CPU time in each 100 ms; `max 100000` for no quota. */
function quotaV2(directory: string, read: ReadFile): number | undefined {
  const [quota, period] = read(`${directory}/cpu.max`)?.trim().split(/\s+/) ?? [];
  return ratio(readNumber(quota), readNumber(period));
}

/** A quota of -1 is none. */
function quotaV1(directory: string, read: ReadFile): number | undefined {
  return ratio(
    readNumber(read(`${directory}/cpu.cfs_quota_us`)),
    readNumber(read(`${directory}/cpu.cfs_period_us`)),
  );
}

function ratio(quota: number | undefined, period: number | undefined): number | undefined {
  return quota && period ? quota / period : undefined;
}

function throttling(directory: string, version: 1 | 2, read: ReadFile): ThrottlingTotals | undefined {
  const stat = read(`${directory}/cpu.stat`);
  const periods = readField(stat, 'nr_periods');
  const throttledPeriods = readField(stat, 'nr_throttled');
  const throttledMs =
    version === 2
      ? scaled(readField(stat, 'throttled_usec'), 1000)
      : scaled(readField(stat, 'throttled_time'), 1_000_000);
  if (periods === undefined || throttledPeriods === undefined || throttledMs === undefined) return undefined;
  return { periods, throttledPeriods, throttledMs };
}

function scaled(value: number | undefined, per: number): number | undefined {
  return value === undefined ? undefined : value / per;
}
