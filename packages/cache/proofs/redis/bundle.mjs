import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Makes scripts of this folder ready to run, from the sources; they are removed when this process exits. */
export async function bundle(...names) {
  // Of its own, since several may run at the same time.
  const outDir = here(`../../node_modules/.cache/proofs-${process.pid}-${names[0]}`);
  process.on('exit', () => rmSync(outDir, { recursive: true, force: true }));
  await build({
    config: false,
    silent: true,
    entry: names.map((name) => here(`${name}.ts`)),
    outDir,
    format: 'esm',
    target: 'node20',
    tsconfig: here('../../tsconfig.json'),
    external: ['redis', 'ioredis', 'bentocache', /^bentocache\//, 'cacheable'],
    noExternal: [/^@evenkeel\//],
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
    },
  });
  return outDir;
}
