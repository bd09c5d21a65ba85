import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsup';

/**
 * Builds a proof of a package from the sources, which Node 20 cannot run as they are, and gives the directory of what
 * came of it. It is gone when the process ends.
 *
 * @param {string} proofs URL of the package's directory `proofs`
 * @param {readonly string[]} entries file names, relative to that directory
 * @param {readonly (string | RegExp)[]} external packages that are not bundled @defaultValue none
 */
export async function bundleProof(proofs, entries, external = []) {
  const at = (path) => fileURLToPath(new URL(path, proofs));
  // Of its own, since several may run at the same time.
  const outDir = at(`../node_modules/.cache/proof-${process.pid}`);
  process.on('exit', () => rmSync(outDir, { recursive: true, force: true }));
  await build({
    config: false,
    silent: true,
    entry: Object.fromEntries(entries.map((entry) => [basename(entry, '.ts'), at(entry)])),
    outDir,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    tsconfig: at('../tsconfig.json'),
    external: [...external],
    noExternal: [/^@evenkeel\//],
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
      // As the package itself is built.
      options.minifySyntax = true;
    },
  });
  return pathToFileURL(`${outDir}/`);
}
