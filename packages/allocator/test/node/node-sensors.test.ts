import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../proofs/bundle.mjs';
import { nodeSensors } from '../../src/node/node-sensors.ts';

const run = promisify(execFile);

function openKernelFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return /meminfo|schedstat|cgroup/.test(path) ? [path] : [];
    } catch {
      return [];
    }
  });
}

describe('nodeSensors', () => {
  it('look at the CPU, memory and the event loop, each set on its own', () => {
    const [first, second] = [nodeSensors(), nodeSensors()];
    expect(first.map(({ resource }) => resource)).toEqual(['cpu', 'memory', 'memory', 'memory', 'eventLoop']);
    expect(first.some((sensor) => second.includes(sensor))).toBe(false);
  });

  it('read this very process', async () => {
    const sensors = nodeSensors();
    for (const sensor of sensors) sensor.start?.();
    await new Promise((resolve) => setTimeout(resolve, 120));
    const readings = sensors.map((sensor) => sensor.read());
    for (const sensor of sensors) sensor.stop?.();
    const [cpu, memory, heap, , eventLoop] = readings;
    for (const reading of [cpu, memory, heap, eventLoop]) {
      expect(reading?.utilization).toBeGreaterThanOrEqual(0);
      expect(
        Object.values(reading?.evidence ?? {}).every((value) => typeof value === 'string' || value >= 0),
      ).toBe(true);
    }
    expect(Number(cpu?.evidence.allowedCpus)).toBeGreaterThan(0);
    expect(Number(memory?.evidence.limitBytes)).toBeGreaterThan(2 ** 25);
  });

  it.skipIf(process.platform !== 'linux')(
    'keep files open from start to stop, no longer and not twice',
    () => {
      const before = openKernelFiles();
      const sensors = nodeSensors();
      expect(openKernelFiles()).toEqual(before);
      for (let round = 0; round < 3; round++) {
        for (const sensor of sensors) sensor.start?.();
        for (const sensor of sensors) sensor.start?.();
        expect(openKernelFiles().length).toBeGreaterThan(before.length);
        expect(new Set(openKernelFiles()).size).toBeGreaterThan(new Set(before).size);
        for (const sensor of sensors) sensor.stop?.();
        for (const sensor of sensors) sensor.stop?.();
        for (const sensor of sensors) sensor.read();
        expect(openKernelFiles()).toEqual(before);
      }
    },
  );

  it('leave no timer behind', () => {
    const clock = new VirtualClock();
    const sensors = nodeSensors({ clock });
    for (const sensor of sensors) sensor.start?.();
    expect(clock.pending).toBe(1);
    for (const sensor of sensors) sensor.stop?.();
    expect(clock.pending).toBe(0);
  });

  it('refuse a clock that is none', () => {
    expect(() => nodeSensors({ clock: {} as VirtualClock })).toThrow(ConfigurationError);
  });

  it('let a process end that nobody has stopped them in', { timeout: 60_000 }, async () => {
    const programs = await bundle(['../src/node/node-sensors.ts']);
    const script = fileURLToPath(new URL('left-running.mjs', programs));
    writeFileSync(
      script,
      `import { nodeSensors } from './node-sensors.mjs';
       const sensors = nodeSensors();
       for (const sensor of sensors) sensor.start?.();
       setTimeout(() => console.log(sensors.map((sensor) => typeof sensor.read()).join()), 120);`,
    );
    const { stdout } = await run(process.execPath, [script], { timeout: 10_000, killSignal: 'SIGKILL' });
    rmSync(programs, { recursive: true, force: true });
    expect(stdout.trim()).toMatch(/^object,object,object,(object|undefined),object$/);
  });
});
