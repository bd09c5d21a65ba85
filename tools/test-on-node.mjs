/**
 * Runs the tests of the packages on other versions of Node: `node tools/test-on-node.mjs 22 24`. Each comes from
 * the npm package `node`, into a folder of the system's for temporary files, and is used for this run alone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/* What takes its time in databases and simulations, or checks documents: it is the same on every version. */
const SAME_ON_ALL = [
  'tools/**',
  '**/test/**/proofs/**',
  '**/test/**/*proofs.test.ts',
  'packages/db-optimizer/test/{advice,twin,what-if}/**',
];

for (const version of process.argv.slice(2)) {
  const folder = join(tmpdir(), `evenkeel-node-${version}`);
  const node = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', `node@${version}`], {
      cwd: folder,
    });
  }
  console.log(`\nNode ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', '--project', 'packages', '--reporter=dot'], {
    cwd: root,
    stdio: 'inherit',
    // First on the path, so that child processes of tests are of this version too.
    env: {
      ...process.env,
      PATH: join(node, '..') + delimiter + process.env.PATH,
      TESTS_EXCLUDED: SAME_ON_ALL.join(';'),
    },
  });
  if (status !== 0) process.exit(status ?? 1);
}
