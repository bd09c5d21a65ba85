import type { HostMemory } from '../host-memory.ts';
import type { ReadFile } from '../read-file.ts';
import { type CgroupChain, readField, readNumber } from './cgroup-files.ts';

/** The memory limit in force and what is used of it. */
export interface MemoryLimit {
  readonly limitBytes: number;
  readonly usedBytes: number;
  readonly source: 'cgroup-v2' | 'cgroup-v1' | 'host';
}

/** A limit on the memory of one of the groups that the process is in. */
export interface GroupMemoryLimit {
  readonly limitBytes: number;
  readonly version: 1 | 2;
  readonly directory: string;
}

/** What a group uses, its children's use included. */
export interface GroupMemory {
  /** All that is charged to it, file cache too. */
  readonly currentBytes: number;
  /** File cache that was not touched lately. */
  readonly inactiveFileBytes: number;
  /** File cache that was used more than once. */
  readonly activeFileBytes: number;
  /** The kernel's own caches, of directory entries for example; 0 where the kernel doesn't tell. */
  readonly reclaimableSlabBytes: number;
}

/* "No limit" of version 1 is a number near 2^63, the exact one depends on the size of a page. */
const UNLIMITED = 2 ** 60;

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
  for (const group of groupMemoryLimits(chains, read)) {
    if (group.limitBytes >= smallest.limitBytes) continue;
    const memory = groupMemory(group, read);
    if (!memory) continue;
    smallest = {
      limitBytes: group.limitBytes,
      usedBytes: Math.max(0, memory.currentBytes - memory.inactiveFileBytes),
      source: group.version === 2 ? 'cgroup-v2' : 'cgroup-v1',
    };
  }
  return smallest;
}

/** The limits of all groups that have one, own group first. */
export function groupMemoryLimits(chains: readonly CgroupChain[], read: ReadFile): GroupMemoryLimit[] {
  return chains.flatMap(({ version, directories }) =>
    directories.flatMap((directory) => {
      const limitBytes = version === 2 ? limitV2(directory, read) : limitV1(directory, read);
      return limitBytes && limitBytes < UNLIMITED ? [{ limitBytes, version, directory }] : [];
    }),
  );
}

/** `undefined` where the kernel doesn't tell what the group uses. */
export function groupMemory(
  { version, directory }: Pick<GroupMemoryLimit, 'version' | 'directory'>,
  read: ReadFile,
): GroupMemory | undefined {
  const current = version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
  const currentBytes = readNumber(read(`${directory}/${current}`));
  if (currentBytes === undefined) return undefined;
  const stat = read(`${directory}/memory.stat`);
  // Of version 1, the fields without `total_` leave the group's children out.
  const prefix = version === 2 ? '' : 'total_';
  const bytes = (name: string): number => readNumber(readField(stat, prefix + name)) ?? 0;
  return {
    currentBytes,
    inactiveFileBytes: bytes('inactive_file'),
    activeFileBytes: bytes('active_file'),
    reclaimableSlabBytes: bytes('slab_reclaimable'),
  };
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
