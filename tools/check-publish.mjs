/**
 * Packs every public package as npm would get it and checks the tarball: publint, attw, no source condition
 * and no workspace range left in its manifest, and `import` and `require()` of every entry point from a
 * project that has only the tarballs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/* Entry points that need an optional peer. All others are loaded before it is installed. */
const PEER_OF = {
  '@evenkeel/alerts/email': 'nodemailer',
  '@evenkeel/load-balancer/http': 'undici',
  '@evenkeel/logger/file': 'pino',
};

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'evenkeel-publish-'));

try {
  const tarballs = pack();
  for (const { tarball } of tarballs) {
    run('pnpm', ['exec', 'publint', 'run', tarball, '--strict']);
    run('pnpm', ['exec', 'attw', tarball, '--profile', 'esm-only', '--format', 'ascii']);
  }
  useAsConsumer(tarballs);
  console.log(`publish: ${tarballs.length} packages are fit to publish`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pack() {
  return readdirSync(join(root, 'packages')).map((name) => {
    const folder = join(root, 'packages', name);
    const output = run('pnpm', ['pack', '--json', '--pack-destination', work], folder);
    const { filename } = JSON.parse(output.slice(output.indexOf('{')));
    const manifest = JSON.parse(run('tar', ['-xOzf', filename, 'package/package.json']));
    const text = JSON.stringify({ ...manifest, devDependencies: {}, scripts: {} });
    for (const leftover of ['@evenkeel/source', 'workspace:', 'catalog:']) {
      if (text.includes(leftover)) throw new Error(`${name}: the packed package.json still says ${leftover}`);
    }
    return { tarball: filename, manifest };
  });
}

/** Installs all tarballs together, as the registry would serve them, and loads every entry in both ways. */
function useAsConsumer(tarballs) {
  const consumer = join(work, 'consumer');
  run('mkdir', [consumer]);
  const files = Object.fromEntries(
    tarballs.map(({ tarball, manifest }) => [manifest.name, `file:${tarball}`]),
  );
  const peers = Object.fromEntries(
    tarballs.flatMap(({ manifest }) =>
      Object.entries(manifest.peerDependencies ?? {}).filter(
        ([peer]) => !manifest.peerDependenciesMeta?.[peer]?.optional,
      ),
    ),
  );
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({ private: true, dependencies: { ...peers, ...files }, pnpm: { overrides: files } }),
  );
  run('pnpm', ['install', '--ignore-workspace', '--prefer-offline', '--silent'], consumer);
  const entries = tarballs.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((subpath) => subpath !== './package.json' && !subpath.endsWith('/define'))
      .map((subpath) => manifest.name + subpath.slice(1)),
  );
  load(
    consumer,
    entries.filter((entry) => !Object.hasOwn(PEER_OF, entry)),
  );
  for (const [entry, peer] of Object.entries(PEER_OF)) {
    const { manifest } = tarballs.find(({ manifest: { name } }) => entry.startsWith(`${name}/`));
    const range = manifest.peerDependencies[peer];
    run('pnpm', ['add', '--ignore-workspace', '--prefer-offline', '--silent', `${peer}@${range}`], consumer);
    load(consumer, [entry]);
  }
  console.log(`publish: ${entries.length} entry points load by import and by require()`);
}

/** Both ways, and whether they give the same. */
function load(consumer, entries) {
  writeFileSync(
    join(consumer, 'load.cjs'),
    `(async () => { for (const entry of ${JSON.stringify(entries)}) {
      const required = require(entry), imported = await import(entry);
      if (Object.keys(required).filter((key) => !(key in imported) && key !== '__esModule').length > 0) throw new Error(entry);
    } })().catch((error) => { console.error(error); process.exit(1); });`,
  );
  run(process.execPath, ['--no-warnings', 'load.cjs'], consumer);
}

function run(command, args, cwd = root) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    console.error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`);
    throw new Error(`${command} failed`);
  }
}
