import {
  cgroupChains,
  cpuLimits,
  cpuQuota,
  cpuTotals,
  groupMemory,
  groupMemoryLimits,
  groupMemoryPressure,
  memoryLimit,
  memoryPressure,
  type ReadFile,
} from '@evenkeel/core/node';
import { describe, expect, it } from 'vitest';
import { files, MIB } from './files.ts';

const V2 = '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1 = [
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  '',
].join('\n');

describe('cgroupChains', () => {
  it('leads from the own group up to the root', () => {
    const read = files({ '/proc/self/mountinfo': V2, '/proc/self/cgroup': '0::/pod/app\n' });
    expect(cgroupChains('memory', read)).toEqual([
      { version: 2, directories: ['/sys/fs/cgroup/pod/app', '/sys/fs/cgroup/pod', '/sys/fs/cgroup'] },
    ]);
  });

  it('gives both versions where both are there', () => {
    const read = files({
      '/proc/self/mountinfo': V1,
      '/proc/self/cgroup': '4:memory:/app\n2:cpu,cpuacct:/\n0::/\n',
    });
    expect(cgroupChains('memory', read)).toEqual([
      { version: 1, directories: ['/sys/fs/cgroup/memory/app', '/sys/fs/cgroup/memory'] },
      { version: 2, directories: ['/sys/fs/cgroup/unified'] },
    ]);
    expect(cgroupChains('cpu', read)[0]).toEqual({ version: 1, directories: ['/sys/fs/cgroup/cpu,cpuacct'] });
  });

  it('is empty where there is nothing', () => {
    expect(cgroupChains('cpu', files({}))).toEqual([]);
    expect(cgroupChains('cpu', files({ '/proc/self/cgroup': 'junk\n::\n' }))).toEqual([]);
  });
});

describe('the limits of all groups', () => {
  const tree = {
    '/proc/self/mountinfo': V2,
    '/proc/self/cgroup': '0::/pod/app\n',
    '/sys/fs/cgroup/pod/app/memory.max': 'max\n',
    '/sys/fs/cgroup/pod/app/memory.high': `${100 * MIB}\n`,
    '/sys/fs/cgroup/pod/memory.max': `${300 * MIB}\n`,
    '/sys/fs/cgroup/pod/memory.current': `${250 * MIB}\n`,
    '/sys/fs/cgroup/pod/memory.stat': [
      'anon 1',
      'inactive_file_not 5',
      `inactive_file ${10 * MIB}`,
      `active_file ${20 * MIB}`,
      `slab_reclaimable ${30 * MIB}`,
      '',
    ].join('\n'),
    '/sys/fs/cgroup/pod/app/cpu.max': '150000 100000\n',
    '/sys/fs/cgroup/pod/cpu.max': '100000 100000\n',
    '/sys/fs/cgroup/pod/cpu.stat': 'usage_usec 5000\nnr_periods 8\nnr_throttled 2\nthrottled_usec 3000',
  };
  const read: ReadFile = files(tree);
  const memory = groupMemoryLimits(cgroupChains('memory', read), read);
  const cpu = cpuLimits(cgroupChains('cpu', read), read);

  it('are found at every level, own group first', () => {
    expect(memory.map(({ limitBytes, directory }) => [limitBytes / MIB, directory])).toEqual([
      [100, '/sys/fs/cgroup/pod/app'],
      [300, '/sys/fs/cgroup/pod'],
    ]);
    expect(cpu.map(({ cpus, directory }) => [cpus, directory])).toEqual([
      [1.5, '/sys/fs/cgroup/pod/app'],
      [1, '/sys/fs/cgroup/pod'],
    ]);
  });

  it('come with what is used of them, where the kernel tells', () => {
    expect(memory.map((group) => groupMemory(group, read))).toEqual([
      undefined,
      {
        currentBytes: 250 * MIB,
        inactiveFileBytes: 10 * MIB,
        activeFileBytes: 20 * MIB,
        reclaimableSlabBytes: 30 * MIB,
      },
    ]);
    expect(cpu.map((group) => cpuTotals(group, read))).toEqual([
      { usedMs: undefined, throttling: undefined },
      { usedMs: 5, throttling: { periods: 8, throttledPeriods: 2, throttledMs: 3 } },
    ]);
  });

  it('make the one in force: the smallest', () => {
    expect(cpuQuota(cgroupChains('cpu', read), read)).toEqual({
      cpus: 1,
      throttling: { periods: 8, throttledPeriods: 2, throttledMs: 3 },
    });
    const host = { totalBytes: 1000 * MIB, availableBytes: 900 * MIB };
    // What is used of the own limit isn't known.
    expect(memoryLimit(cgroupChains('memory', read), host, read)).toEqual({
      limitBytes: 300 * MIB,
      usedBytes: 240 * MIB,
      source: 'cgroup-v2',
    });
  });

  it('are none where version 1 says so with a number near 2^63, whatever the size of a page', () => {
    for (const none of ['9223372036854771712', '9223372036854710272', '18446744073709551615']) {
      const unlimited = files({
        '/proc/self/mountinfo': V1,
        '/proc/self/cgroup': '4:memory:/app\n2:cpu,cpuacct:/app\n',
        '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': `${none}\n`,
        '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us': '100000\n',
      });
      expect(groupMemoryLimits(cgroupChains('memory', unlimited), unlimited)).toEqual([]);
      expect(cpuLimits(cgroupChains('cpu', unlimited), unlimited)).toEqual([]);
    }
  });

  it('of version 1 count the children, and the use of the CPU where both are mounted together', () => {
    const group = { version: 1, directory: '/g', limitBytes: 1, cpus: 1 } as const;
    const v1 = files({
      '/g/memory.usage_in_bytes': '1000\n',
      '/g/memory.stat': 'inactive_file 1\ntotal_inactive_file 10\ntotal_active_file 20\n',
      '/g/cpuacct.usage': '7000000\n',
      '/g/cpu.stat': 'nr_periods 4\nnr_throttled 1\nthrottled_time 2000000\n',
    });
    expect(groupMemory(group, v1)).toEqual({
      currentBytes: 1000,
      inactiveFileBytes: 10,
      activeFileBytes: 20,
      reclaimableSlabBytes: 0,
    });
    expect(cpuTotals(group, v1)).toEqual({
      usedMs: 7,
      throttling: { periods: 4, throttledPeriods: 1, throttledMs: 2 },
    });
  });
});

describe('pressure stall information', () => {
  const line = (kind: string, total: number): string =>
    `${kind} avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`;

  it("is the own group's; the machine's only for who asks for it", () => {
    const tree: Record<string, string> = {
      '/proc/self/mountinfo': V2,
      '/proc/self/cgroup': '0::/app\n',
      '/sys/fs/cgroup/app/memory.pressure': line('some', 2000) + line('full', 1000),
      '/proc/pressure/memory': line('some', 9000),
    };
    const read = files(tree);
    const chains = cgroupChains('memory', read);
    expect(groupMemoryPressure(chains, read)).toEqual({ someMs: 2, fullMs: 1 });
    expect(memoryPressure(chains, read)).toEqual({ someMs: 2, fullMs: 1 });
    delete tree['/sys/fs/cgroup/app/memory.pressure'];
    expect(groupMemoryPressure(chains, read)).toBeUndefined();
    expect(memoryPressure(chains, read)).toEqual({ someMs: 9, fullMs: 0 });
    tree['/sys/fs/cgroup/app/memory.pressure'] = 'junk';
    expect(groupMemoryPressure(chains, read)).toBeUndefined();
  });
});
