import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'tsup';

/** A program of this folder, bundled as a user would bundle it. */
export interface BuiltProgram {
  readonly path: string;
  run(env?: Readonly<Record<string, string>>): ChildProcess;
  remove(): Promise<void>;
}

/** Bundles a TypeScript program with the packages it imports into one file that plain Node runs. */
export async function buildProgram(source: string): Promise<BuiltProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-program-'));
  await build({
    config: false,
    entry: [source],
    outDir: folder,
    format: ['esm'],
    target: 'node20',
    noExternal: [/./],
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
    },
  });
  const path = join(folder, basename(source).replace(/\.ts$/, '.mjs'));
  return {
    path,
    run: (env = {}) => fork(path, { env: { ...process.env, ...env }, execArgv: [], stdio: 'pipe' }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
