import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/* Where Debian's package has put it. */
const PROGRAM = '/usr/bin/prometheus-alertmanager';

/* A machine may be busy with much else. */
const START_MS = 30_000;
const POLL_MS = 50;

/** Whether an Alertmanager can be run here. */
export function alertmanagerIsInstalled(): boolean {
  return existsSync(PROGRAM);
}

export interface AlertmanagerServer {
  readonly url: string;
  /** Idempotent. */
  stop(): Promise<void>;
}

/**
 * An Alertmanager of its own, in no cluster, on a free port of the loopback interface, with a temporary folder.
 *
 * @param configuration as in its file, `{ route, receivers, … }`
 */
export async function startAlertmanager(configuration: object): Promise<AlertmanagerServer> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-alertmanager-'));
  const file = join(folder, 'alertmanager.yml');
  // What is JSON is YAML too.
  writeFileSync(file, JSON.stringify(configuration));
  const port = await freePort();
  const child = spawn(
    PROGRAM,
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const end = Date.now() + START_MS;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`Alertmanager does not start: ${log}`);
    }
    await sleep(POLL_MS);
  }
  return { url, stop };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/ready`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
