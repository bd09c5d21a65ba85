import type { ReadFile } from '@evenkeel/core/node';

/** A file system of a few files; one whose content is `null` must not be read. */
export function files(tree: Readonly<Record<string, string | null>>): ReadFile {
  return (path) => {
    const text = tree[path];
    if (text === null) throw new Error(`EACCES: permission denied, open '${path}'`);
    return text;
  };
}

export const MIB = 1024 * 1024;

/** A process in the group /pod/app of version 2, on a machine of four CPUs and 8 GiB. */
export const V2: Readonly<Record<string, string>> = {
  '/proc/self/mountinfo': '29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n',
  '/proc/self/cgroup': '0::/pod/app\n',
  '/proc/self/status': 'Cpus_allowed_list:\t0-3\n',
  '/sys/devices/system/cpu/online': '0-3\n',
  '/proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 6291456 kB\n',
  '/sys/fs/cgroup/pod/app/cgroup.events': 'populated 1\n',
};
