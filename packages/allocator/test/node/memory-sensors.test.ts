import { totalmem } from 'node:os';
import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { HeapSensor } from '../../src/node/heap-sensor.ts';
import { MemoryPressureSensor } from '../../src/node/memory-pressure-sensor.ts';
import { MemorySensor } from '../../src/node/memory-sensor.ts';
import { files, MIB, V2 } from './kernel-files.ts';

const APP = '/sys/fs/cgroup/pod/app';

function group(limitMib: number, currentMib: number, stat: Record<string, number> = {}) {
  const lines = Object.entries(stat).map(([name, mib]) => `${name} ${mib * MIB}\n`);
  return {
    [`${APP}/memory.max`]: `${limitMib * MIB}\n`,
    [`${APP}/memory.current`]: `${currentMib * MIB}\n`,
    [`${APP}/memory.stat`]: `anon 1\n${lines.join('')}`,
  };
}

function read(tree: Record<string, string | null>) {
  const sensor = new MemorySensor({ clock: new VirtualClock(), readFile: files(tree), rss: () => 100 * MIB });
  sensor.start();
  return sensor.read();
}

describe('MemorySensor', () => {
  it('reads what cannot be reclaimed, of the limit', () => {
    const cache = { inactive_file: 40, active_file: 60, slab_reclaimable: 20 };
    expect(read({ ...V2, ...group(256, 248, cache) })).toEqual({
      utilization: 0.5,
      evidence: { usedBytes: 128 * MIB, limitBytes: 256 * MIB, source: 'cgroup-v2' },
    });
  });

  it('takes shared memory for used: it is no file cache, though it lies in files', () => {
    expect(
      read({ ...V2, ...group(256, 248, { shmem: 200, inactive_file: 0 }) })?.utilization,
    ).toBeGreaterThan(0.96);
  });

  it('shows the level that is fullest, which need not be that of the smallest limit', () => {
    expect(
      read({
        ...V2,
        ...group(256, 64),
        '/sys/fs/cgroup/pod/memory.max': `${1024 * MIB}\n`,
        '/sys/fs/cgroup/pod/memory.current': `${1000 * MIB}\n`,
      }),
    ).toMatchObject({ evidence: { limitBytes: 1024 * MIB, usedBytes: 1000 * MIB } });
    expect(
      read({
        ...V2,
        ...group(256, 64),
        '/proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 419430 kB\n',
      }),
    ).toMatchObject({ utilization: expect.closeTo(0.95, 5), evidence: { source: 'host' } });
  });

  it('is that of the machine without a limit, and with what cannot be read or makes no sense', () => {
    for (const limit of ['max\n', '', 'junk', '-1', '0', null]) {
      expect(read({ ...V2, ...group(256, 250), [`${APP}/memory.max`]: limit })).toEqual({
        utilization: 0.25,
        evidence: { usedBytes: 2048 * MIB, limitBytes: 8192 * MIB, source: 'host' },
      });
    }
  });

  it('takes the memory of the process where the kernel does not tell that of the group', () => {
    for (const current of ['', 'junk', null]) {
      expect(read({ ...V2, ...group(125, 120), [`${APP}/memory.current`]: current })).toEqual({
        utilization: 0.8,
        evidence: { usedBytes: 100 * MIB, limitBytes: 125 * MIB, source: 'process' },
      });
    }
  });

  it('knows at least the memory of the process where there is nothing else to read', () => {
    const sensor = new MemorySensor({
      readFile: files({}),
      rss: () => totalmem() / 4,
      systemMemory: () => undefined,
    });
    sensor.start();
    expect(sensor.read()).toMatchObject({ utilization: 0.25, evidence: { source: 'process' } });
    sensor.stop();
    const told = new MemorySensor({
      readFile: files({}),
      systemMemory: () => ({ totalBytes: 100, availableBytes: 30 }),
    });
    told.start();
    expect(told.read()).toMatchObject({ utilization: 0.7, evidence: { source: 'host' } });
  });

  it('cannot tell while it is not started, and follows a limit that changes within half a minute', () => {
    const clock = new VirtualClock();
    const tree: Record<string, string | null> = { ...V2, ...group(256, 128) };
    const sensor = new MemorySensor({ clock, readFile: files(tree) });
    expect(sensor.read()).toBeUndefined();
    sensor.start();
    expect(sensor.read()?.utilization).toBe(0.5);
    tree[`${APP}/memory.max`] = `${160 * MIB}\n`;
    clock.advance(30_000);
    expect(sensor.read()?.utilization).toBe(0.8);
    sensor.stop();
    expect(sensor.read()).toBeUndefined();
  });
});

describe('MemoryPressureSensor', () => {
  const line = (kind: string, total: number): string =>
    `${kind} avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`;

  function stalling(tree: Record<string, string | null>) {
    const clock = new VirtualClock();
    const sensor = new MemoryPressureSensor({ clock, readFile: files(tree) });
    return {
      sensor,
      after: (ms: number, someUs: number, fullUs: number) => {
        clock.advance(ms);
        tree[`${APP}/memory.pressure`] = line('some', someUs) + line('full', fullUs);
        return sensor.read();
      },
      clock,
      tree,
    };
  }

  it('reads the part of the time that was lost since its previous reading', () => {
    const { sensor, after } = stalling({
      ...V2,
      [`${APP}/memory.pressure`]: line('some', 9e9) + line('full', 5e9),
    });
    expect(sensor.read()).toBeUndefined();
    sensor.start();
    expect(after(500, 9e9 + 150_000, 5e9)).toEqual({
      utilization: 0.3,
      evidence: { someRatio: 0.3, fullRatio: 0, source: 'memory.pressure' },
    });
    expect(after(500, 9e9 + 400_000, 5e9 + 250_000)?.utilization).toBe(1);
    expect(after(500, 9e9 + 400_000, 5e9 + 250_000)?.utilization).toBe(0);
    // A group that was made anew counts from 0.
    expect(after(500, 0, 0)?.utilization).toBe(0);
    sensor.stop();
    expect(sensor.read()).toBeUndefined();
  });

  it('knows nothing of the machine, where others wait within their own limits', () => {
    const machine = { '/proc/pressure/memory': line('some', 0) };
    const root = stalling({
      ...V2,
      ...machine,
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.pressure': line('some', 0),
    });
    root.sensor.start();
    root.clock.advance(500);
    root.tree['/sys/fs/cgroup/memory.pressure'] = line('some', 500_000);
    expect(root.sensor.read()).toBeUndefined();
    const without = stalling({ ...V2, ...machine });
    without.sensor.start();
    without.clock.advance(500);
    expect(without.sensor.read()).toBeUndefined();
  });

  it('finds the information when it comes, and loses it without an alarm', () => {
    const { sensor, clock, tree, after } = stalling({ ...V2 });
    sensor.start();
    expect(after(29_000, 1e9, 1e9)).toBeUndefined();
    expect(after(1000, 2e9, 2e9)).toBeUndefined();
    expect(after(500, 2e9 + 250_000, 2e9)?.utilization).toBe(0.5);
    tree[`${APP}/memory.pressure`] = null;
    clock.advance(500);
    expect(sensor.read()).toBeUndefined();
  });
});

describe('HeapSensor', () => {
  const limitMib = (flags: string, heapSizeLimitMib: number, workerLimitMb?: number): number => {
    const sensor = new HeapSensor({ flags, heapSizeLimit: heapSizeLimitMib * MIB, workerLimitMb });
    return Math.round(Number(sensor.read().evidence.limitBytes) / MIB);
  };

  it('knows what of the limit the old generation may use', () => {
    // As Node 20 sets them on a machine of 24 GiB, and 131/128 of the old generation where there is little.
    expect(limitMib('', 4144)).toBe(4096);
    expect(limitMib('', 262)).toBe(256);
    expect(limitMib('--max-old-space-size=128', 176)).toBe(128);
    expect(limitMib('--inspect --max_old_space_size=512 --max-old-space-size=128', 176)).toBe(128);
    expect(limitMib('--max-semi-space-size=64', 4288)).toBe(4096);
    expect(limitMib('--max-old-space-size=128 --max-semi-space-size=64', 320)).toBe(128);
    expect(limitMib('--max-semi-space-size=4096', 100)).toBe(100);
    expect(limitMib('--max-old-space-size=512', 148, 100)).toBe(100);
  });

  it('reads the live heap of this process', () => {
    const before = new HeapSensor().read();
    const held = Array.from({ length: 1_000_000 }, (_, index) => ({ index }));
    const after = new HeapSensor().read();
    expect(after.utilization).toBeGreaterThan(before.utilization);
    expect(after.utilization).toBeLessThan(1);
    expect(held).toHaveLength(1_000_000);
  });
});
