import { VirtualClock } from '@evenkeel/core';
import { MemoryCollector, type ReadFile } from '@evenkeel/monitor/node';
import { describe, expect, it } from 'vitest';
import { files, MIB, V1_MOUNTS, V2_MOUNT } from './kernel-files.ts';

const host = { totalBytes: 8192 * MIB, availableBytes: 6144 * MIB };

function limitOf(readFile: ReadFile): object {
  const collector = new MemoryCollector({ readFile, hostMemory: () => host });
  const { limitBytes, limitSource, usedBytes, usedRatio } = collector.collect();
  return { limit: limitBytes / MIB, source: limitSource, used: usedBytes / MIB, ratio: usedRatio };
}

const ofHost = { limit: 8192, source: 'host', used: 2048, ratio: 0.25 };

describe('the memory limit', () => {
  it('is the smallest of all groups up to the root, with what is used of that one', () => {
    const group = '/sys/fs/cgroup/kubepods.slice/pod1.slice/app.scope';
    expect(
      limitOf(
        files({
          '/proc/self/mountinfo': V2_MOUNT,
          '/proc/self/cgroup': '0::/kubepods.slice/pod1.slice/app.scope\n',
          [`${group}/memory.max`]: 'max\n',
          [`${group}/memory.current`]: `${10 * MIB}\n`,
          '/sys/fs/cgroup/kubepods.slice/pod1.slice/memory.max': `${512 * MIB}\n`,
          '/sys/fs/cgroup/kubepods.slice/pod1.slice/memory.high': 'max\n',
          '/sys/fs/cgroup/kubepods.slice/pod1.slice/memory.current': `${400 * MIB}\n`,
          '/sys/fs/cgroup/kubepods.slice/pod1.slice/memory.stat': `anon 1\nfile 2\nactive_file 7\ninactive_file ${144 * MIB}\n`,
          '/sys/fs/cgroup/kubepods.slice/memory.max': `${4096 * MIB}\n`,
          '/sys/fs/cgroup/kubepods.slice/memory.current': `${3000 * MIB}\n`,
        }),
      ),
    ).toEqual({ limit: 512, source: 'cgroup-v2', used: 256, ratio: 0.5 });
  });

  it('is found in a container that sees its own group as the root', () => {
    expect(
      limitOf(
        files({
          '/proc/self/mountinfo': V2_MOUNT,
          '/proc/self/cgroup': '0::/\n',
          '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`,
          '/sys/fs/cgroup/memory.current': `${64 * MIB}\n`,
        }),
      ),
    ).toEqual({ limit: 256, source: 'cgroup-v2', used: 64, ratio: 0.25 });
  });

  it('is found in a container that sees the path of the host, of which only a part is mounted', () => {
    const mounted = '29 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n';
    expect(
      limitOf(
        files({
          '/proc/self/mountinfo': mounted,
          '/proc/self/cgroup': '0::/docker/abc/worker\n',
          '/sys/fs/cgroup/worker/memory.max': `${128 * MIB}\n`,
          '/sys/fs/cgroup/worker/memory.current': `${32 * MIB}\n`,
          '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`,
          '/sys/fs/cgroup/memory.current': `${64 * MIB}\n`,
        }),
      ),
    ).toEqual({ limit: 128, source: 'cgroup-v2', used: 32, ratio: 0.25 });
  });

  it('takes a path outside of what is visible for the root', () => {
    expect(
      limitOf(
        files({
          '/proc/self/mountinfo': V2_MOUNT,
          '/proc/self/cgroup': '0::/../other\n',
          '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`,
          '/sys/fs/cgroup/memory.current': `${64 * MIB}\n`,
        }),
      ),
    ).toMatchObject({ limit: 256 });
  });

  it('heeds memory.high, beyond which a group is slowed down', () => {
    expect(
      limitOf(
        files({
          '/proc/self/cgroup': '0::/\n',
          '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`,
          '/sys/fs/cgroup/memory.high': `${128 * MIB}\n`,
          '/sys/fs/cgroup/memory.current': `${64 * MIB}\n`,
        }),
      ),
    ).toMatchObject({ limit: 128, ratio: 0.5 });
  });

  it('is read from version 1 on a hybrid system', () => {
    expect(
      limitOf(
        files({
          '/proc/self/mountinfo': V1_MOUNTS,
          '/proc/self/cgroup': '8:pids:/app\n4:memory:/app/worker\n0::/\n',
          '/sys/fs/cgroup/memory/app/worker/memory.limit_in_bytes': '9223372036854771712\n',
          '/sys/fs/cgroup/memory/app/worker/memory.usage_in_bytes': `${1 * MIB}\n`,
          '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': `${100 * MIB}\n`,
          '/sys/fs/cgroup/memory/app/memory.usage_in_bytes': `${60 * MIB}\n`,
          '/sys/fs/cgroup/memory/app/memory.stat': `inactive_file 5\ntotal_inactive_file ${10 * MIB}\n`,
          '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        }),
      ),
    ).toEqual({ limit: 100, source: 'cgroup-v1', used: 50, ratio: 0.5 });
  });

  it("is the machine's without a limit, with one greater than the machine, with junk and with nothing to read", () => {
    const group = (max: string | null): ReadFile =>
      files({
        '/proc/self/mountinfo': V2_MOUNT,
        '/proc/self/cgroup': '0::/app\n',
        '/sys/fs/cgroup/app/memory.max': max,
        '/sys/fs/cgroup/app/memory.current': `${MIB}\n`,
      });
    for (const max of ['max\n', `${16_384 * MIB}\n`, '', 'junk', '-1', '0', '1e6', null]) {
      expect(limitOf(group(max))).toEqual(ofHost);
    }
    expect(limitOf(files({}))).toEqual(ofHost);
    expect(limitOf(files({ '/proc/self/cgroup': null, '/proc/self/mountinfo': null }))).toEqual(ofHost);
    expect(
      limitOf(files({ '/proc/self/cgroup': 'nonsense\n\n::\n', '/proc/self/mountinfo': ' - - \n' })),
    ).toEqual(ofHost);
    expect(limitOf(() => 7 as unknown as string)).toEqual(ofHost);
  });

  it('is left out where the use of the group cannot be read', () => {
    expect(
      limitOf(
        files({
          '/proc/self/cgroup': '0::/\n',
          '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`,
          '/sys/fs/cgroup/memory.current': null,
        }),
      ),
    ).toEqual(ofHost);
  });

  it('follows a limit that changes', () => {
    const tree: Record<string, string> = {
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${256 * MIB}\n`,
      '/sys/fs/cgroup/memory.current': `${64 * MIB}\n`,
    };
    const collector = new MemoryCollector({ readFile: files(tree), hostMemory: () => host });
    expect(collector.collect().usedRatio).toBe(0.25);
    tree['/sys/fs/cgroup/memory.max'] = `${128 * MIB}\n`;
    expect(collector.collect().usedRatio).toBe(0.5);
  });
});

describe('memory pressure', () => {
  it('is the part of the time since the previous reading in which tasks waited', () => {
    const clock = new VirtualClock();
    const pressure = (some: number, full: number): string =>
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`;
    const tree: Record<string, string> = {
      '/proc/self/mountinfo': V2_MOUNT,
      '/proc/self/cgroup': '0::/app\n',
      '/sys/fs/cgroup/app/memory.pressure': pressure(1_000_000, 500_000),
      '/proc/pressure/memory': pressure(0, 0),
    };
    const read = (): object => {
      const { pressureSomeRatio, pressureFullRatio } = collector.collect();
      return { pressureSomeRatio, pressureFullRatio };
    };
    const collector = new MemoryCollector({ clock, readFile: files(tree), hostMemory: () => host });
    clock.advance(2000);
    tree['/sys/fs/cgroup/app/memory.pressure'] = pressure(1_500_000, 600_000);
    expect(read()).toEqual({ pressureSomeRatio: 0.25, pressureFullRatio: 0.05 });
    clock.advance(2000);
    expect(read()).toEqual({ pressureSomeRatio: 0, pressureFullRatio: 0 });
    delete tree['/sys/fs/cgroup/app/memory.pressure'];
    delete tree['/proc/pressure/memory'];
    clock.advance(2000);
    expect(read()).toEqual({ pressureSomeRatio: undefined, pressureFullRatio: undefined });
  });
});

describe('the process', () => {
  it('is read for real', () => {
    const reading = new MemoryCollector().collect();
    expect(reading.rssBytes).toBeGreaterThan(10 * MIB);
    expect(reading.heapUsedRatio).toBeCloseTo(reading.heapUsedBytes / reading.heapLimitBytes, 10);
    expect(reading.heapUsedRatio).toBeGreaterThan(0);
    expect(reading.heapUsedRatio).toBeLessThan(1);
    expect(Object.keys(reading.spaces)).toEqual(expect.arrayContaining(['new_space', 'old_space']));
    const spaces = Object.values(reading.spaces).reduce((sum, { usedBytes }) => sum + usedBytes, 0);
    expect(spaces / reading.heapUsedBytes).toBeCloseTo(1, 0);
    expect(reading.limitBytes).toBeGreaterThan(0);
    expect(reading.usedRatio).toBeGreaterThan(0);
    expect(reading.usedRatio).toBeLessThanOrEqual(1);
  });
});
