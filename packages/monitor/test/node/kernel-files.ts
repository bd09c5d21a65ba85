import type { ReadFile } from '@evenkeel/monitor/node';

/** A file system of a few files; one whose content is `null` must not be read. */
export function files(tree: Readonly<Record<string, string | null>>): ReadFile {
  return (path) => {
    const text = tree[path];
    if (text === null) throw new Error(`EACCES: permission denied, open '${path}'`);
    return text;
  };
}

/** The mount table of a system with version 2 only. */
export const V2_MOUNT =
  '29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';

/** Those of a system with version 1, and an empty version 2 beside it. */
export const V1_MOUNTS = [
  '31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  '',
].join('\n');

export const MIB = 1024 * 1024;
