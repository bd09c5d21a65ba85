import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsup';

/**
 * Builds a proof from the sources, which Node 20 cannot run as they are, and gives the directory of what came of it.
 * It is gone when the process ends.
 *
 * @param {readonly string[]} entries file names, relative to this directory
 */
export async function bundle(entries) {
  const here = (path) => fileURLToPath(new URL(path, import.meta.url));
  // Of its own, since several may run at the same time.
  const outDir = here(`../node_modules/.cache/proof-${process.pid}`);
  process.on('exit', () => rmSync(outDir, { recursive: true, force: true }));
  await build({
    config: false,
    silent: true,
    entry: Object.fromEntries(entries.map((entry) => [basename(entry, '.ts'), here(entry)])),
    outDir,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    tsconfig: here('../tsconfig.json'),
    noExternal: [/^@evenkeel\//],
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
    },
  });
  return pathToFileURL(`${outDir}/`);
}
