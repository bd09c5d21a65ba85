import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { CpuSensor } from '../../src/node/cpu-sensor.ts';
import { files, V2 } from './kernel-files.ts';

const APP = '/sys/fs/cgroup/pod/app';

/** A process that uses what the test says. */
function machine(tree: Record<string, string | null> = { ...V2 }) {
  const clock = new VirtualClock();
  const usage = { user: 5_000_000, system: 0 };
  const sensor = new CpuSensor({ clock, readFile: files(tree), processUsage: () => ({ ...usage }) });
  return {
    sensor,
    clock,
    tree,
    run: (ms: number, cpuMs: number): void => {
      clock.advance(ms);
      usage.user += cpuMs * 600;
      usage.system += cpuMs * 400;
    },
  };
}

function stat(usedMs: number, periods: number, throttled: number): string {
  return `usage_usec ${usedMs * 1000}\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec 0\n`;
}

describe('CpuSensor', () => {
  it('reads the use of the CPUs that the process may run on, since its previous reading', () => {
    const { sensor, run } = machine();
    sensor.start();
    run(500, 1000);
    expect(sensor.read()).toEqual({ utilization: 0.5, evidence: { allowedCpus: 4, processCpus: 2 } });
    run(500, 0);
    expect(sensor.read()?.utilization).toBe(0);
  });

  it('cannot tell before it is started, after it is stopped and over no time', () => {
    const { sensor, run } = machine();
    run(500, 500);
    expect(sensor.read()).toBeUndefined();
    sensor.start();
    expect(sensor.read()).toBeUndefined();
    run(49, 49);
    expect(sensor.read()).toBeUndefined();
    run(451, 451);
    const reading = sensor.read();
    expect(reading?.utilization).toBeCloseTo(0.25, 10);
    run(49, 0);
    expect(sensor.read()).toBe(reading);
    sensor.stop();
    sensor.stop();
    expect(sensor.read()).toBeUndefined();
    run(10_000, 10_000);
    sensor.start();
    run(500, 200);
    expect(sensor.read()?.utilization).toBe(0.1);
  });

  it('is 1 and more where a quota is used up, by whomever of the group', () => {
    const { sensor, tree, run } = machine({
      ...V2,
      [`${APP}/cpu.max`]: '100000 100000\n',
      [`${APP}/cpu.stat`]: stat(1000, 10, 0),
    });
    sensor.start();
    run(500, 100);
    tree[`${APP}/cpu.stat`] = stat(1500, 15, 0);
    expect(sensor.read()).toEqual({
      utilization: 1,
      evidence: { allowedCpus: 4, processCpus: 0.2, quotaCpus: 1, groupCpus: 1, throttledRatio: 0 },
    });
    run(500, 100);
    tree[`${APP}/cpu.stat`] = stat(2000, 20, 4);
    expect(sensor.read()?.utilization).toBeCloseTo(1.8, 10);
  });

  it('counts throttling even where little is used', () => {
    const { sensor, tree, run } = machine({
      ...V2,
      [`${APP}/cpu.max`]: '400000 100000\n',
      [`${APP}/cpu.stat`]: stat(0, 0, 0),
    });
    sensor.start();
    run(500, 600);
    tree[`${APP}/cpu.stat`] = stat(600, 5, 4);
    expect(sensor.read()?.utilization).toBeCloseTo(0.3 + 0.8, 10);
  });

  it('heeds the quotas of all levels, and shows the one that is fullest', () => {
    const { sensor, tree, run } = machine({
      ...V2,
      [`${APP}/cpu.max`]: '50000 100000\n',
      [`${APP}/cpu.stat`]: stat(0, 0, 0),
      '/sys/fs/cgroup/pod/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/pod/cpu.stat': stat(0, 0, 0),
    });
    sensor.start();
    run(500, 100);
    tree[`${APP}/cpu.stat`] = stat(100, 0, 0);
    tree['/sys/fs/cgroup/pod/cpu.stat'] = stat(900, 0, 0);
    expect(sensor.read()).toMatchObject({ utilization: 0.9, evidence: { quotaCpus: 2, groupCpus: 1.8 } });
  });

  it('takes the use of the process where the kernel does not tell that of the group', () => {
    const { sensor, run } = machine({
      '/proc/self/mountinfo': '32 31 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu\n',
      '/proc/self/cgroup': '2:cpu:/app\n',
      '/proc/self/status': 'Cpus_allowed_list:\t0-3\n',
      '/cg/cpu/app/cpu.cfs_quota_us': '50000\n',
      '/cg/cpu/app/cpu.cfs_period_us': '100000\n',
      '/cg/cpu/app/cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n',
    });
    sensor.start();
    run(500, 250);
    expect(sensor.read()?.utilization).toBe(1);
  });

  it('adds what this thread waited for a CPU that others had', () => {
    const { sensor, tree, run } = machine({ ...V2, '/proc/thread-self/schedstat': '7000000 1000000 9\n' });
    sensor.start();
    run(500, 400);
    tree['/proc/thread-self/schedstat'] = '207000000 301000000 19\n';
    expect(sensor.read()).toEqual({
      utilization: 0.2 + 0.6,
      evidence: { allowedCpus: 4, processCpus: 0.8, waitedRatio: 0.6 },
    });
  });

  it('does not count the same waiting twice', () => {
    const { sensor, tree, run } = machine({
      ...V2,
      [`${APP}/cpu.max`]: '100000 100000\n',
      [`${APP}/cpu.stat`]: stat(0, 0, 0),
      '/proc/thread-self/schedstat': '0 0 0\n',
    });
    sensor.start();
    run(500, 250);
    tree[`${APP}/cpu.stat`] = stat(250, 5, 2);
    tree['/proc/thread-self/schedstat'] = '1 100000000 1\n';
    expect(sensor.read()?.utilization).toBeCloseTo(0.5 + 0.4, 10);
  });

  it('finds a quota that is set, changed and taken away, within half a minute', () => {
    const { sensor, tree, run } = machine({ ...V2 });
    sensor.start();
    const readAfter = (ms: number, cpuMs: number): number | undefined => {
      run(ms, cpuMs);
      return sensor.read()?.utilization;
    };
    expect(readAfter(500, 500)).toBe(0.25);
    tree[`${APP}/cpu.max`] = '200000 100000\n';
    readAfter(30_000, 0);
    expect(readAfter(500, 500)).toBe(0.5);
    tree[`${APP}/cpu.max`] = '100000 100000\n';
    readAfter(30_000, 0);
    expect(readAfter(500, 500)).toBe(1);
    tree[`${APP}/cpu.max`] = 'max 100000\n';
    readAfter(30_000, 0);
    expect(readAfter(500, 500)).toBe(0.25);
  });

  it('raises no alarm by totals that begin anew, junk, or files that are gone', () => {
    for (const text of [stat(0, 0, 0), 'junk', '', null, 'usage_usec x\nnr_periods -1\n']) {
      const { sensor, tree, run } = machine({
        ...V2,
        [`${APP}/cpu.max`]: '100000 100000\n',
        [`${APP}/cpu.stat`]: stat(9_000_000, 1000, 900),
        '/proc/thread-self/schedstat': '1 99000000000 1\n',
      });
      sensor.start();
      run(500, 50);
      tree[`${APP}/cpu.stat`] = text;
      tree['/proc/thread-self/schedstat'] = text;
      expect(sensor.read()?.utilization).toBeCloseTo(0.1, 10);
    }
  });

  it('has the CPUs that Node knows of where the kernel tells nothing', () => {
    const { sensor, run } = machine({});
    sensor.start();
    run(500, 250);
    const { utilization = 0, evidence } = sensor.read() ?? {};
    expect(utilization * Number(evidence?.allowedCpus)).toBeCloseTo(0.5, 10);
  });
});
