import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@evenkeel/core';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flushOnCrash } from '../../src/crash/index.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-crash-'));
  await build({
    config: false,
    silent: true,
    entry: [fileURLToPath(new URL('./programs/dies.ts', import.meta.url))],
    outDir: folder,
    format: 'esm',
    target: 'node20',
    noExternal: [/./],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
    },
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

let runs = 0;

/** Runs the program until it has ended, of itself or of what is done to it when it is ready. */
async function run(
  how: string,
  sink: string,
  act?: (child: ChildProcess) => void,
  timeout = '2s',
): Promise<End> {
  const file = join(folder, `lines-${runs++}`);
  const child = fork(join(folder, 'dies.mjs'), {
    env: { ...process.env, HOW: how, SINK: sink, FILE: file, TIMEOUT: timeout },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  if (act) child.on('message', () => act(child));
  const [code, signal] = await once(child, 'exit');
  return { code, signal, lines: existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [] };
}

const terminate = (child: ChildProcess): void => {
  child.kill('SIGTERM');
};

describe('flushOnCrash', () => {
  it.each([
    ['an uncaught error', 'throw', 1, ['recorded', 'uncaughtException: Error: fatal']],
    ['an unhandled rejection', 'reject', 1, ['recorded', 'unhandledRejection: Error: fatal']],
    [
      'an error that the application survives',
      'survive',
      7,
      ['recorded', 'uncaughtException: Error: not fatal'],
    ],
    ['process.exit()', 'exit', 5, ['recorded']],
  ])('writes at once on %s', async (_, how, code, lines) => {
    expect(await run(how, 'synchronous')).toEqual({ code, signal: null, lines });
  });

  it('waits for the sinks when there is nothing left to do', async () => {
    expect(await run('nothing', 'asynchronous')).toEqual({ code: 0, signal: null, lines: ['recorded'] });
  });

  it('does not wait for ever for a sink whose writing is recorded itself', async () => {
    const { code, lines } = await run('nothing', 'watched');
    expect(code).toBe(0);
    expect(lines[0]).toBe('recorded');
    expect(lines.length).toBeLessThan(10);
  });

  it('waits for the sinks on a signal, and dies of it', async () => {
    const end = { code: null, lines: ['recorded'] };
    expect(await run('signal', 'asynchronous', terminate)).toEqual({ ...end, signal: 'SIGTERM' });
    expect(await run('signal', 'asynchronous', (child) => child.kill('SIGINT'))).toEqual({
      ...end,
      signal: 'SIGINT',
    });
  });

  it('dies of a signal though a sink hangs, with what can be written at once', async () => {
    expect(await run('signal', 'hanging', terminate)).toEqual({
      code: null,
      signal: 'SIGTERM',
      lines: ['recorded'],
    });
  });

  it('dies at a second signal', async () => {
    const twice = (child: ChildProcess): void => {
      terminate(child);
      setTimeout(() => terminate(child), 300);
    };
    expect(await run('signal', 'hanging', twice, '1h')).toMatchObject({
      signal: 'SIGTERM',
      lines: ['recorded'],
    });
  });

  it('leaves a signal to the handler of the application', async () => {
    expect(await run('own handler', 'synchronous', terminate)).toEqual({
      code: 3,
      signal: null,
      lines: ['recorded', 'handled'],
    });
  });

  it('leaves nothing behind when it is stopped', async () => {
    expect(await run('stopped', 'synchronous', terminate)).toEqual({
      code: null,
      signal: 'SIGTERM',
      lines: [],
    });
    const count = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const before = count();
    const stop = flushOnCrash({ targets: () => [] });
    expect(count()).toBe(before + 5);
    stop();
    stop();
    expect(count()).toBe(before);
  });

  it.each([
    [undefined, /targets/],
    [{ targets: [] }, /targets/],
    [{ targets: () => [], timeout: -1 }, /timeout .*-1/],
  ])('says what is wrong with its options', (options, message) => {
    expect(() => flushOnCrash(options as never)).toThrow(ConfigurationError);
    expect(() => flushOnCrash(options as never)).toThrow(message);
  });
});
