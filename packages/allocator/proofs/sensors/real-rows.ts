import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CgroupV1, type GroupSettings } from './cgroup-v1.ts';
import type { Observation, Row } from './verdicts.ts';

const run = promisify(execFile);

interface RealRow {
  readonly name: string;
  readonly resource?: string;
  readonly isCalm?: boolean;
  readonly state: string;
  readonly flags?: readonly string[];
  readonly group?: GroupSettings;
}

const memory256: GroupSettings = {
  controller: 'memory',
  files: { 'memory.limit_in_bytes': `${256 * 1024 * 1024}` },
};
const quarterCpu: GroupSettings = {
  controller: 'cpu',
  files: { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '20000' },
};

const IN_CGROUPS: readonly RealRow[] = [
  {
    name: 'page cache full, limit 256 MiB',
    resource: 'memory',
    isCalm: true,
    state: 'page-cache',
    group: memory256,
  },
  { name: 'buffers near the limit of 256 MiB', resource: 'memory', state: 'buffers', group: memory256 },
  {
    name: 'heap limit 512 MiB above the limit of 256 MiB',
    resource: 'memory',
    state: 'heap',
    flags: ['--max-old-space-size=512'],
    group: memory256,
  },
  { name: 'quota 0.2 CPUs, loop 60 % busy', resource: 'cpu', state: 'busy-60', group: quarterCpu },
  { name: 'quota 0.2 CPUs, idle', isCalm: true, state: 'idle', group: quarterCpu },
];

const ANYWHERE: readonly RealRow[] = [
  { name: 'no limits, idle', isCalm: true, state: 'idle' },
  { name: 'no limits, loop 60 % busy', isCalm: true, state: 'busy-60' },
  { name: 'one block of 30 ms each second', resource: 'eventLoop', isCalm: true, state: 'block-30' },
  { name: 'one block of 500 ms each second', resource: 'eventLoop', state: 'block-500' },
  { name: 'loop saturated', resource: 'eventLoop', state: 'saturated' },
  {
    name: 'heap near its limit of 128 MiB',
    resource: 'memory',
    state: 'heap-limit',
    flags: ['--max-old-space-size=128'],
  },
];

/**
 * Real processes; in control groups of version 1 where they can be made.
 *
 * @param programs where the built `program.mjs` is
 */
export function realRows(programs: URL): Row[] {
  return [...(CgroupV1.isPossible() ? IN_CGROUPS : []), ...ANYWHERE].map((row) => ({
    name: `${row.name} (real${row.group ? ', v1' : ''})`,
    resource: row.resource,
    isPressing: !row.isCalm,
    run: () => observe(row, fileURLToPath(new URL('program.mjs', programs))),
  }));
}

async function observe({ state, flags = [], group }: RealRow, program: string): Promise<Observation> {
  const cgroup = group && new CgroupV1(group);
  try {
    const command = [process.execPath, ...flags, program, state, tmpdir()]
      .map((part) => `'${part}'`)
      .join(' ');
    const { stdout } = await run('sh', ['-c', `${cgroup?.prefix ?? ''}exec ${command}`], { timeout: 60_000 });
    return JSON.parse(stdout) as Observation;
  } finally {
    await cgroup?.remove();
  }
}
