import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
let directory = '';

/** Bundles the sources with a script, and runs it; a process that does not end by itself is killed, and fails. */
async function runScript(name: string, script: string): Promise<string> {
  const entry = join(directory, `${name}.ts`);
  const packageRoot = fileURLToPath(new URL('../../', import.meta.url));
  writeFileSync(
    entry,
    `import { PerformanceMonitor } from '${packageRoot}src/index.ts';
     import { nodeCollectors } from '${packageRoot}src/node/index.ts';
     ${script}`,
  );
  await build({
    entry: { [name]: entry },
    outDir: join(directory, 'out'),
    format: ['esm'],
    config: false,
    silent: true,
    dts: false,
    platform: 'node',
    tsconfig: join(packageRoot, 'tsconfig.json'),
    noExternal: [/.*/],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
    },
  });
  const { stdout } = await run(process.execPath, [join(directory, 'out', `${name}.mjs`)], {
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  return stdout.trim();
}

describe('a process with a full monitor', () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'monitor-exit-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('ends by itself although nobody stops the monitor', async () => {
    const output = await runScript(
      'started',
      `const monitor = new PerformanceMonitor({ collectors: nodeCollectors(), reportingInterval: 20 });
       await monitor.start();
       monitor.startTimer('never ended');
       await new Promise((resolve) => setTimeout(resolve, 100));
       const snapshots = monitor.getSnapshots();
       const failed = Object.values(snapshots.at(-1)).filter((value) => value?.error);
       console.log(JSON.stringify([snapshots.length > 2, Object.keys(snapshots.at(-1)).slice(0, 5), failed]));`,
    );
    expect(JSON.parse(output)).toEqual([true, ['timestamp', 'cpu', 'memory', 'eventLoop', 'gc'], []]);
  });

  it.skipIf(process.platform === 'win32')('does not wait for a child process that hangs', async () => {
    const program = join(directory, 'nvidia-smi');
    writeFileSync(program, '#!/bin/sh\necho started > "$0.log"\nexec sleep 15\n');
    chmodSync(program, 0o755);
    const output = await runScript(
      'hanging',
      `import { existsSync } from 'node:fs';
       import { GpuCollector } from '${fileURLToPath(new URL('../../src/node/index.ts', import.meta.url))}';
       const gpu = new GpuCollector({ searchPath: ${JSON.stringify(directory)}, timeoutMs: 60_000 });
       const monitor = new PerformanceMonitor({ collectors: { gpu }, collectorTimeout: '1m' });
       void monitor.start();
       while (!existsSync(${JSON.stringify(`${program}.log`)})) await new Promise((resolve) => setTimeout(resolve, 5));
       console.log('started');`,
    );
    expect(output).toBe('started');
  });

  it('sets no timer any more after a stop', async () => {
    const output = await runScript(
      'stopped',
      `const { setTimeout: original } = globalThis;
       let timers = 0;
       globalThis.setTimeout = (...given) => {
         timers += 1;
         return original(...given);
       };
       const pause = (ms) => new Promise((resolve) => original(resolve, ms));
       const monitor = new PerformanceMonitor({ collectors: nodeCollectors(), reportingInterval: 20 });
       await monitor.start();
       await pause(60);
       const whileRunning = timers;
       await monitor.stop();
       timers = 0;
       await pause(60);
       console.log(JSON.stringify([whileRunning > 3, timers]));`,
    );
    expect(JSON.parse(output)).toEqual([true, 0]);
  });

  it('does nothing by being imported', async () => {
    expect(
      await runScript('imported', 'console.log(typeof PerformanceMonitor, typeof nodeCollectors);'),
    ).toBe('function function');
  });
});
