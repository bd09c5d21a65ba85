import { VirtualClock } from '@evenkeel/core';
import { CpuCollector, type ReadFile } from '@evenkeel/monitor/node';
import { describe, expect, it } from 'vitest';
import { files, V1_MOUNTS, V2_MOUNT } from './kernel-files.ts';

/** A process that uses what the test says, on a machine of four CPUs. */
function machine(readFile: ReadFile = files({})) {
  const clock = new VirtualClock();
  const usage = { user: 1_000_000, system: 0 };
  const create = (): CpuCollector =>
    new CpuCollector({ clock, readFile, hostCpus: 4, processUsage: () => ({ ...usage }) });
  return {
    create,
    collector: create(),
    run: (ms: number, cpuMs: number): void => {
      clock.advance(ms);
      usage.user += cpuMs * 750;
      usage.system += cpuMs * 250;
    },
  };
}

describe('CpuCollector', () => {
  it('gives the CPU time since its own previous reading, whoever else reads', () => {
    const { collector, create, run } = machine();
    const other = create();
    run(1000, 2000);
    expect(collector.collect()).toMatchObject({ ratio: 0.5, cores: 2, availableCpus: 4, totalSeconds: 3 });
    run(1000, 0);
    expect(collector.collect()).toMatchObject({ ratio: 0, cores: 0 });
    expect(other.collect()).toMatchObject({ ratio: 0.25, cores: 1 });
  });

  it('repeats itself rather than measure an interval that is too short', () => {
    const { collector, run } = machine();
    run(1000, 2000);
    const reading = collector.collect();
    run(49, 49);
    expect(collector.collect()).toBe(reading);
    run(1, 51);
    expect(collector.collect()).toMatchObject({ cores: 2 });
  });

  it('begins anew when it is started', () => {
    const { collector, run } = machine();
    run(10_000, 10_000);
    collector.start();
    run(1000, 500);
    expect(collector.collect().cores).toBe(0.5);
  });

  it('gives the mean of the whole life of the process when it is read at once', () => {
    const { cores, systemRatio } = new CpuCollector().collect();
    const { user, system } = process.cpuUsage();
    expect(Math.abs(cores - (user + system) / 1e6 / process.uptime())).toBeLessThan(0.2);
    expect(systemRatio).toBeUndefined();
  });

  it('is relative to the smallest quota of version 2, and tells how it is throttled', () => {
    const tree: Record<string, string> = {
      '/proc/self/mountinfo': V2_MOUNT,
      '/proc/self/cgroup': '0::/pod/app\n',
      '/sys/fs/cgroup/pod/app/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/pod/app/cpu.stat': 'usage_usec 1\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n',
      '/sys/fs/cgroup/pod/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/pod/cpu.stat': 'usage_usec 1\nnr_periods 100\nnr_throttled 10\nthrottled_usec 500000\n',
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
    };
    const { collector, run } = machine(files(tree));
    run(1000, 400);
    tree['/sys/fs/cgroup/pod/cpu.stat'] = 'nr_periods 110\nnr_throttled 16\nthrottled_usec 800000\n';
    expect(collector.collect()).toMatchObject({
      ratio: 0.8,
      cores: 0.4,
      availableCpus: 0.5,
      quotaCpus: 0.5,
      throttledRatio: 0.6,
      throttledMs: 300,
    });
    run(1000, 0);
    expect(collector.collect()).toMatchObject({ throttledRatio: 0, throttledMs: 0 });
  });

  it('is relative to the CPUs that the process may run on, which a quota of 1.5 does not round down', () => {
    const clock = new VirtualClock();
    const usage = { user: 0, system: 0 };
    const tree = {
      '/proc/self/mountinfo': V2_MOUNT,
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/status': 'Cpus_allowed_list:\t0-1\n',
      '/sys/fs/cgroup/cpu.max': '150000 100000\n',
    };
    const collector = new CpuCollector({ clock, readFile: files(tree), processUsage: () => ({ ...usage }) });
    clock.advance(1000);
    usage.user += 1_500_000;
    expect(collector.collect()).toMatchObject({ ratio: 1, availableCpus: 1.5 });
  });

  it('is relative to the quota of version 1', () => {
    const directory = '/sys/fs/cgroup/cpu,cpuacct/app';
    const tree: Record<string, string> = {
      '/proc/self/mountinfo': V1_MOUNTS,
      '/proc/self/cgroup': '2:cpu,cpuacct:/app\n0::/\n',
      [`${directory}/cpu.cfs_quota_us`]: '150000\n',
      [`${directory}/cpu.cfs_period_us`]: '100000\n',
      [`${directory}/cpu.stat`]: 'nr_periods 10\nnr_throttled 0\nthrottled_time 0\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    };
    const { collector, run } = machine(files(tree));
    run(1000, 750);
    tree[`${directory}/cpu.stat`] = 'nr_periods 20\nnr_throttled 5\nthrottled_time 40000000\n';
    expect(collector.collect()).toMatchObject({
      ratio: 0.5,
      availableCpus: 1.5,
      quotaCpus: 1.5,
      throttledRatio: 0.5,
      throttledMs: 40,
    });
  });

  it('has the CPUs of the machine without a quota, with a greater one, and with junk', () => {
    for (const max of ['max 100000', '800000 100000', '', '0 100000', '5 0', 'a b', '50000']) {
      const { collector, run } = machine(
        files({
          '/proc/self/cgroup': '0::/\n',
          '/sys/fs/cgroup/cpu.max': max,
          '/sys/fs/cgroup/cpu.stat': 'x',
        }),
      );
      run(1000, 1000);
      const { ratio, availableCpus, throttledRatio } = collector.collect();
      expect({ ratio, availableCpus, throttledRatio }).toEqual({
        ratio: 0.25,
        availableCpus: 4,
        throttledRatio: undefined,
      });
    }
  });

  it('gives the use of the machine and what the hypervisor took', () => {
    const tree: Record<string, string> = { '/proc/stat': 'cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3\n' };
    const { collector, run } = machine(files(tree));
    run(1000, 0);
    tree['/proc/stat'] = 'cpu  300 10 190 1300 100 0 0 100 70 0\n';
    expect(collector.collect()).toMatchObject({ systemRatio: 0.4, stealRatio: 0.1 });
  });

  it('reads the real machine', () => {
    const clock = new VirtualClock();
    const collector = new CpuCollector({ clock });
    const untilMs = performance.now() + 60;
    while (performance.now() < untilMs);
    clock.advance(60);
    const { cores, availableCpus, systemRatio } = collector.collect();
    expect(cores).toBeGreaterThan(0);
    expect(availableCpus).toBeGreaterThan(0);
    expect(systemRatio).toBeGreaterThan(0);
    expect(systemRatio).toBeLessThanOrEqual(1);
  });
});
