import type { ReadFile } from './read-file.ts';

/**
 * How many CPUs the process may run on; `undefined` where the kernel doesn't tell. Unlike
 * `os.availableParallelism()`, which newer versions of Node round down to a whole number of CPUs where there is a
 * quota, it leaves quotas out.
 */
export function allowedCpus(read: ReadFile): number | undefined {
  const allowed = cpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(read('/proc/self/status') ?? '')?.[1]);
  if (!allowed) return undefined;
  // What is allowed names CPUs that the machine might be given one day.
  const online = cpuList(read('/sys/devices/system/cpu/online')?.trim());
  let count = 0;
  for (const [first, last] of allowed) {
    if (!online) count += last - first + 1;
    else
      for (const [from, to] of online) count += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
  }
  return count > 0 ? count : undefined;
}

/** `0-3,8` as its ranges. */
function cpuList(text: string | undefined): [first: number, last: number][] | undefined {
  if (text === undefined || !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return undefined;
  return text.split(',').map((range) => {
    const [first = '', last = first] = range.split('-');
    return [Number(first), Number(last)];
  });
}
