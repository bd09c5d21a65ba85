import type { ReadFile } from '../read-file.ts';

/** Directories of one controller for this process, from its own control group up to the mounted root. */
export interface CgroupChain {
  readonly version: 1 | 2;
  /** Own group first. */
  readonly directories: readonly string[];
}

export type CgroupController = 'memory' | 'cpu';

interface Mount {
  /** The group that is visible at `point`: not `/` where a container is shown a part of the host's tree. */
  readonly root: string;
  readonly point: string;
  /** Of version 1: its controllers. `undefined` for version 2. */
  readonly controllers: ReadonlySet<string> | undefined;
}

/* Nesting of slices, pods and containers seen in practice stays below ten. */
const MAX_LEVELS = 32;

/**
 * Where the limits of this process are written, for version 2 and, where it is mounted, version 1: on a hybrid
 * system a controller is in one of them.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @see https://man7.org/linux/man-pages/man7/cgroups.7.html for `/proc/self/cgroup`
 */
export function cgroupChains(controller: CgroupController, read: ReadFile): CgroupChain[] {
  const mounts = readMounts(read('/proc/self/mountinfo'));
  return memberships(read('/proc/self/cgroup')).flatMap(({ controllers, path }) => {
    if (controllers !== undefined && !controllers.has(controller)) return [];
    const version = controllers === undefined ? 2 : 1;
    const mount =
      mounts.find((each) =>
        version === 2 ? each.controllers === undefined : each.controllers?.has(controller),
      ) ?? defaultMount(version, controller);
    return [{ version, directories: upwards(mount, path) }];
  });
}

function defaultMount(version: 1 | 2, controller: CgroupController): Mount {
  const point = version === 2 ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controller}`;
  return { root: '/', point, controllers: undefined };
}

/** Lines are `0::/path` for version 2 and `4:cpu,cpuacct:/path` for version 1. */
function memberships(text = ''): { controllers: ReadonlySet<string> | undefined; path: string }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (!match) return [];
    const names = match[1] ?? '';
    return [{ controllers: names === '' ? undefined : new Set(names.split(',')), path: match[2] ?? '/' }];
  });
}

/** Lines are `31 23 0:28 root point options… - type source options`. */
function readMounts(text = ''): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, point] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (!root || !point) return [];
    if (type === 'cgroup2') return [{ root, point, controllers: undefined }];
    return type === 'cgroup' ? [{ root, point, controllers: new Set(options.split(',')) }] : [];
  });
}

function upwards({ root, point }: Mount, path: string): string[] {
  // Inside a container the path may be the host's, of which only what is below the mounted root is visible.
  // A path with `..` lies outside of what is visible.
  const visible =
    root !== '/' && (path === root || path.startsWith(`${root}/`)) ? path.slice(root.length) : path;
  const parts = visible.includes('..') ? [] : visible.split('/').filter((part) => part !== '');
  const directories: string[] = [];
  for (let length = parts.length; length >= 0 && directories.length < MAX_LEVELS; length--) {
    directories.push([point, ...parts.slice(0, length)].join('/'));
  }
  return directories;
}

/** The number that a file holds; `undefined` for `max`, for junk and for no file. */
export function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d+\s*$/.test(text)) return undefined;
  return Number(text);
}

/** What follows a name at the beginning of a line: `4096` of `inactive_file 4096`. */
export function readField(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  // Without cutting the text into lines: it has dozens of them, and is read several times a second.
  const isFirst = text.startsWith(`${name} `);
  const at = isFirst ? 0 : text.indexOf(`\n${name} `) + 1;
  if (at === 0 && !isFirst) return undefined;
  const end = text.indexOf('\n', at);
  return text.slice(at + name.length + 1, end === -1 ? undefined : end).trim();
}
