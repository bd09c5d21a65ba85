import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GpuCollector, parseGpus } from '@evenkeel/monitor/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nvidia-smi-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A directory with a program of that name that does what the script says. */
function program(name: string, script: string, mode = 0o755): string {
  const path = join(directory, name);
  mkdirSync(path);
  writeFileSync(join(path, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, 'nvidia-smi'), mode);
  return path;
}

const MIB = 1024 * 1024;

describe.skipIf(process.platform === 'win32')('GpuCollector', () => {
  it('reads what nvidia-smi says, having asked for the right figures', async () => {
    const path = program(
      'fine',
      `[ "$1" = "--query-gpu=index,name,utilization.gpu,memory.used,memory.total,temperature.gpu" ] || exit 3
       [ "$2" = "--format=csv,noheader,nounits" ] || exit 4
       echo "0, NVIDIA A100-SXM4-40GB, 37, 10240, 40960, 61"
       echo "1, NVIDIA A100-SXM4-40GB, [N/A], 4096, 40960, [Not Supported]"`,
    );
    expect(await new GpuCollector({ searchPath: `:${directory}/none:${path}` }).collect()).toEqual({
      devices: [
        {
          index: 0,
          name: 'NVIDIA A100-SXM4-40GB',
          utilizationRatio: 0.37,
          memoryUsedBytes: 10_240 * MIB,
          memoryTotalBytes: 40_960 * MIB,
          temperatureCelsius: 61,
        },
        {
          index: 1,
          name: 'NVIDIA A100-SXM4-40GB',
          memoryUsedBytes: 4096 * MIB,
          memoryTotalBytes: 40_960 * MIB,
        },
      ],
      utilizationRatio: 0.37,
      memoryUsedRatio: 0.25,
    });
  });

  it('is absent where there is no such program, or none that may be run', async () => {
    const path = program('forbidden', 'echo 1', 0o644);
    expect(await new GpuCollector({ searchPath: `${directory}/none` }).collect()).toBeUndefined();
    expect(await new GpuCollector({ searchPath: '' }).collect()).toBeUndefined();
    expect(await new GpuCollector({ searchPath: path }).collect()).toBeUndefined();
  });

  it('looks for the program once, and again after a start', async () => {
    const collector = new GpuCollector({ searchPath: join(directory, 'late') });
    expect(await collector.collect()).toBeUndefined();
    program('late', 'echo "0, T4, 1, 2, 4, 5"');
    expect(await collector.collect()).toBeUndefined();
    collector.start();
    expect(await collector.collect()).toMatchObject({ utilizationRatio: 0.01, memoryUsedRatio: 0.5 });
  });

  it('fails when the program does', async () => {
    const path = program('failing', 'echo "could not communicate with the driver" >&2; exit 9');
    await expect(new GpuCollector({ searchPath: path }).collect()).rejects.toThrow('could not communicate');
  });

  it('gives up a program that hangs, when its time is over or when it is told to', async () => {
    const path = program('hanging', 'exec sleep 30');
    await expect(new GpuCollector({ searchPath: path, timeoutMs: 50 }).collect()).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const controller = new AbortController();
    const reading = new GpuCollector({ searchPath: path }).collect(controller.signal);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('parseGpus', () => {
  it('leaves out lines that are none of its own', () => {
    for (const text of ['', '\n', 'No devices were found\n', 'a, b\n', '0, x, 1\n']) {
      expect(parseGpus(text)).toEqual({ devices: [] });
    }
  });
});
