import { VirtualClock } from '@evenkeel/core';
import { CpuSensor } from '../../src/node/cpu-sensor.ts';
import { EventLoopSensor } from '../../src/node/event-loop-sensor.ts';
import { MemoryPressureSensor } from '../../src/node/memory-pressure-sensor.ts';
import { MemorySensor } from '../../src/node/memory-sensor.ts';
import { SensorSet } from '../../src/pressure/sensor-set.ts';
import type { Observation, Row, Sweep } from './verdicts.ts';

/** Files as a kernel writes them, as they are so many ms after what presses has begun (before it: 0). */
type Tree = (pressedMs: number) => Readonly<Record<string, string | null>>;

interface RecordedRow {
  readonly name: string;
  /** What it is short of; nothing unless set. */
  readonly pressing?: string;
  readonly tree: Tree;
  /** CPUs that the process uses, and the part of the time in which its loop is busy. */
  readonly cpus?: number;
  readonly busy?: number;
}

const MIB = 1024 * 1024;
const SWEEP_EVERY_MS = 500;
const CALM_SWEEPS = 3;
const PRESSED_SWEEPS = 8;

const HOST = {
  '/proc/meminfo': 'MemTotal: 8388608 kB\nMemFree: 4194304 kB\nMemAvailable: 6291456 kB\n',
  '/proc/self/status': 'Cpus_allowed_list:\t0-3\n',
  '/sys/devices/system/cpu/online': '0-3\n',
};
const V2 = {
  ...HOST,
  '/proc/self/mountinfo': '29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n',
  '/proc/self/cgroup': '0::/pod/app\n',
  '/sys/fs/cgroup/pod/app/cgroup.events': 'populated 1\nfrozen 0\n',
  '/sys/fs/cgroup/pod/app/memory.max': 'max\n',
  '/sys/fs/cgroup/pod/app/memory.high': 'max\n',
  '/sys/fs/cgroup/pod/app/cpu.max': 'max 100000\n',
};
const V1 = {
  ...HOST,
  '/proc/self/mountinfo': [
    '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n'),
  '/proc/self/cgroup': '4:memory:/app\n2:cpu,cpuacct:/app\n0::/\n',
  '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': '9223372036854771712\n',
  '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us': '100000\n',
};

/** Usage of the own group, of which so much is file cache, in MiB. */
function memoryV2(limit: string, current: number, inactive: number, active: number): Record<string, string> {
  return {
    '/sys/fs/cgroup/pod/app/memory.max': limit,
    '/sys/fs/cgroup/pod/app/memory.current': `${current * MIB}\n`,
    '/sys/fs/cgroup/pod/app/memory.stat': `anon 1\nfile 1\ninactive_file ${inactive * MIB}\nactive_file ${active * MIB}\nslab_reclaimable ${2 * MIB}\n`,
  };
}

function memoryV1(current: number, inactive: number, active: number): Record<string, string> {
  return {
    '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': `${256 * MIB}\n`,
    '/sys/fs/cgroup/memory/app/memory.usage_in_bytes': `${current * MIB}\n`,
    '/sys/fs/cgroup/memory/app/memory.stat': `cache 1\nrss 1\ninactive_file 0\ntotal_inactive_file ${inactive * MIB}\ntotal_active_file ${active * MIB}\n`,
  };
}

/** A tenth of a second in each half is used up, and each period throttled, while it presses. */
function quotaV2(ms: number): Record<string, string> {
  return {
    '/sys/fs/cgroup/pod/app/cpu.max': '20000 100000\n',
    '/sys/fs/cgroup/pod/app/cpu.stat': `usage_usec ${ms * 200}\nuser_usec 1\nsystem_usec 1\nnr_periods ${ms / 100}\nnr_throttled ${ms / 100}\nthrottled_usec ${ms * 400}\n`,
  };
}

function quotaV1(ms: number): Record<string, string> {
  return {
    '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us': '20000\n',
    '/sys/fs/cgroup/cpu,cpuacct/app/cpuacct.usage': `${ms * 200_000}\n`,
    '/sys/fs/cgroup/cpu,cpuacct/app/cpu.stat': `nr_periods ${ms / 100}\nnr_throttled ${ms / 100}\nthrottled_time ${ms * 400_000}\n`,
  };
}

function stalls(someUs: number, fullUs: number): Record<string, string> {
  const line = (kind: string, total: number) => `${kind} avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`;
  return { '/sys/fs/cgroup/pod/app/memory.pressure': line('some', someUs) + line('full', fullUs) };
}

const limit256 = `${256 * MIB}\n`;

const ROWS: readonly RecordedRow[] = [
  {
    name: 'page cache full, limit 256 MiB (recorded, v2)',
    tree: (ms) => ({
      ...V2,
      ...(ms > 0 ? memoryV2(limit256, 255, 110, 120) : memoryV2(limit256, 40, 5, 5)),
      ...stalls(ms * 50, ms * 20),
    }),
  },
  {
    name: 'page cache full, limit 256 MiB (recorded, v1)',
    tree: (ms) => ({ ...V1, ...(ms > 0 ? memoryV1(255, 110, 120) : memoryV1(40, 5, 5)) }),
  },
  {
    name: 'buffers near the limit of 256 MiB (recorded, v2)',
    pressing: 'memory',
    tree: (ms) => ({
      ...V2,
      ...(ms > 0 ? memoryV2(limit256, 240, 5, 5) : memoryV2(limit256, 40, 5, 5)),
    }),
  },
  {
    name: 'buffers near the limit of 256 MiB (recorded, v1)',
    pressing: 'memory',
    tree: (ms) => ({ ...V1, ...(ms > 0 ? memoryV1(240, 5, 5) : memoryV1(40, 5, 5)) }),
  },
  {
    name: 'memory.high of the parent near (recorded, v2)',
    pressing: 'memory',
    tree: (ms) => ({
      ...V2,
      ...memoryV2(`${200 * MIB}\n`, 60, 5, 5),
      '/sys/fs/cgroup/pod/memory.max': `${512 * MIB}\n`,
      '/sys/fs/cgroup/pod/memory.high': `${300 * MIB}\n`,
      '/sys/fs/cgroup/pod/memory.current': `${(ms > 0 ? 290 : 100) * MIB}\n`,
    }),
  },
  {
    name: 'cache needed and gone: stalled half of the time (recorded, v2)',
    pressing: 'memory',
    tree: (ms) => ({ ...V2, ...memoryV2(limit256, 255, 60, 70), ...stalls(ms * 620, ms * 480) }),
  },
  {
    name: 'quota 0.2 CPUs, loop 60 % busy (recorded, v2)',
    pressing: 'cpu',
    cpus: 0.2,
    busy: 0.6,
    tree: (ms) => ({ ...V2, ...quotaV2(ms) }),
  },
  {
    name: 'quota 0.2 CPUs, loop 60 % busy (recorded, v1)',
    pressing: 'cpu',
    cpus: 0.2,
    busy: 0.6,
    tree: (ms) => ({ ...V1, ...quotaV1(ms) }),
  },
  { name: 'no limits, loop 60 % busy (recorded, v2)', cpus: 0.6, busy: 0.6, tree: () => V2 },
  { name: 'no limits, loop 60 % busy (recorded, v1)', cpus: 0.6, busy: 0.6, tree: () => V1 },
  {
    name: 'host full (recorded, no cgroups)',
    pressing: 'memory',
    tree: (ms) => ({
      ...HOST,
      '/proc/meminfo': `MemTotal: 8388608 kB\nMemFree: 9 kB\nMemAvailable: ${ms > 0 ? 400_000 : 6_000_000} kB\n`,
    }),
  },
  {
    name: 'files that must not be read (recorded)',
    cpus: 0.6,
    busy: 0.6,
    tree: () => Object.fromEntries(Object.keys({ ...V1, ...V2 }).map((path) => [path, null])),
  },
];

/** Trees of files of all versions, read by the same sensors in virtual time. */
export function recordedRows(): Row[] {
  return ROWS.map((row) => ({
    name: row.name,
    resource: row.pressing,
    isPressing: row.pressing !== undefined,
    run: async () => observe(row),
  }));
}

function observe({ tree, cpus = 0, busy = 0 }: RecordedRow): Observation {
  const clock = new VirtualClock();
  const startMs = clock.monotonic();
  const beganMs = startMs + CALM_SWEEPS * SWEEP_EVERY_MS;
  const pressedMs = (): number => Math.max(0, clock.monotonic() - beganMs);
  const readFile = (path: string): string | undefined => {
    const text = tree(pressedMs())[path];
    if (text === null) throw new Error(`EACCES: permission denied, open '${path}'`);
    return text;
  };
  const sensors = new SensorSet(
    [
      new CpuSensor({
        clock,
        readFile,
        processUsage: () => ({ user: pressedMs() * cpus * 1000, system: 0 }),
      }),
      new MemorySensor({ clock, readFile, rss: () => 60 * MIB }),
      new MemoryPressureSensor({ clock, readFile }),
      new EventLoopSensor({
        clock,
        loopTimes: () => ({
          active: pressedMs() * busy,
          idle: clock.monotonic() - startMs - pressedMs() * busy,
        }),
      }),
    ],
    (source, thrown) => {
      throw new Error(`${source}: ${thrown}`);
    },
  );
  sensors.start();
  const sweeps: Sweep[] = [];
  for (let index = 0; index < CALM_SWEEPS + PRESSED_SWEEPS; index++) {
    clock.advance(SWEEP_EVERY_MS);
    sweeps.push({
      atMs: clock.monotonic(),
      ours: Object.fromEntries(
        [...sensors.read()].map(([resource, { utilization }]) => [resource, utilization]),
      ),
      availableMemory: availableMemory(readFile),
      eluInterval: pressedMs() > 0 ? busy : 0,
      eluCumulative: (pressedMs() * busy) / (clock.monotonic() - startMs),
      // No block is longer than a slice of the scheduler.
      meanDelayMs: 0,
    });
  }
  sensors.stop();
  return { sweeps, beganMs, onsetMs: beganMs };
}

/** As libuv does it: what the own group is charged for, of its limit. */
function availableMemory(readFile: (path: string) => string | undefined): number | undefined {
  const read = (path: string): number => {
    try {
      return Number(readFile(path));
    } catch {
      return NaN;
    }
  };
  const [v2, v1] = ['/sys/fs/cgroup/pod/app', '/sys/fs/cgroup/memory/app'];
  const ratios = [
    read(`${v2}/memory.current`) / read(`${v2}/memory.max`),
    read(`${v1}/memory.usage_in_bytes`) / read(`${v1}/memory.limit_in_bytes`),
  ];
  return ratios.find((ratio) => ratio > 0);
}
