import type { ReadFile } from '../read-file.ts';
import { type CgroupChain, readField, readNumber } from './cgroup-files.ts';

/** The memory limit in force and what is used of it. */
export interface MemoryLimit {
  readonly limitBytes: number;
  readonly usedBytes: number;
  readonly source: 'cgroup-v2' | 'cgroup-v1' | 'host';
}

/** The machine's memory, as the kernel tells it. */
export interface HostMemory {
  readonly totalBytes: number;
  /** What could be used without swapping. */
  readonly availableBytes: number;
}

/**
 * The smallest of the limits of all groups the process is in and the machine's memory. A limit at a parent
 * counts like the process's own: what its other children use is used up too, so `usedBytes` is that group's.
 *
 * Used is what cannot simply be dropped: file cache that was not touched lately (`inactive_file`) is taken off,
 * because a container that has read a large file would otherwise seem full for ever.
 */
export function memoryLimit(chains: readonly CgroupChain[], host: HostMemory, read: ReadFile): MemoryLimit {
  let smallest: MemoryLimit = {
    limitBytes: host.totalBytes,
    usedBytes: Math.max(0, host.totalBytes - host.availableBytes),
    source: 'host',
  };
  for (const { version, directories } of chains) {
    for (const directory of directories) {
      const limitBytes = version === 2 ? limitV2(directory, read) : limitV1(directory, read);
      // Version 1 writes "no limit" as a number greater than any memory.
      if (!limitBytes || limitBytes >= smallest.limitBytes) continue;
      const usedBytes = version === 2 ? usedV2(directory, read) : usedV1(directory, read);
      if (usedBytes === undefined) continue;
      smallest = { limitBytes, usedBytes, source: version === 2 ? 'cgroup-v2' : 'cgroup-v1' };
    }
  }
  return smallest;
}

/** Beyond `memory.max` processes are killed, beyond `memory.high` they are slowed down to a crawl. */
function limitV2(directory: string, read: ReadFile): number | undefined {
  const max = readNumber(read(`${directory}/memory.max`));
  const high = readNumber(read(`${directory}/memory.high`));
  return max === undefined || high === undefined ? (max ?? high) : Math.min(max, high);
}

function limitV1(directory: string, read: ReadFile): number | undefined {
  return readNumber(read(`${directory}/memory.limit_in_bytes`));
}

function usedV2(directory: string, read: ReadFile): number | undefined {
  return without(
    readNumber(read(`${directory}/memory.current`)),
    readField(read(`${directory}/memory.stat`), 'inactive_file'),
  );
}

function usedV1(directory: string, read: ReadFile): number | undefined {
  return without(
    readNumber(read(`${directory}/memory.usage_in_bytes`)),
    readField(read(`${directory}/memory.stat`), 'total_inactive_file'),
  );
}

function without(usedBytes: number | undefined, droppableBytes = 0): number | undefined {
  return usedBytes === undefined ? undefined : Math.max(0, usedBytes - droppableBytes);
}
