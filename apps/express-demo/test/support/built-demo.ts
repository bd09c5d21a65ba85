import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsup';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The programs of the demo as the build makes them, which plain Node runs. */
export interface BuiltDemo {
  readonly main: URL;
  readonly worker: URL;
  remove(): void;
}

/**
 * Builds the demo from the sources, with the packages it imports, so that tests need no build before them.
 */
export async function buildDemo(): Promise<BuiltDemo> {
  // Within the demo, so that its dependencies are found; of its own, since several may run at the same time.
  const folder = at(`node_modules/.cache/demo-${process.pid}-${Date.now()}`);
  const programs = ['main', 'traffic/traffic', 'workers/worker'];
  await build({
    config: false,
    silent: true,
    entry: Object.fromEntries(programs.map((name) => [name, at(`src/${name}.ts`)])),
    outDir: `${folder}/dist`,
    format: ['esm'],
    target: 'node20',
    tsconfig: at('tsconfig.json'),
    external: ['express', 'pg', 'redis', 'undici', 'zod', /^@electric-sql\//],
    noExternal: [/^@evenkeel\//],
    esbuildOptions: (options) => {
      options.conditions = ['@evenkeel/source'];
    },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }\n');
  const dist = pathToFileURL(`${folder}/dist/`);
  return {
    main: new URL('main.js', dist),
    worker: new URL('workers/worker.js', dist),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
