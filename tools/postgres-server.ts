import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* Where Debian installs the servers, one folder a version. */
const VERSIONS = '/usr/lib/postgresql';

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

export interface PostgresServer {
  readonly url: string;
  /** Idempotent. */
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of its own: a fresh cluster in a temporary folder, on a free port of the loopback interface.
 *
 * @param settings of the server, as in its configuration file
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const bin = programs() ?? '';
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
      child.kill('SIGINT');
      await exited;
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
