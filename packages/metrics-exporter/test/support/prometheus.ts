import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Whether `promtool` and `prometheus` can be run here. */
export function prometheusIsInstalled(): boolean {
  return ['promtool', 'prometheus'].every((name) =>
    (process.env.PATH ?? '').split(delimiter).some((directory) => isExecutable(join(directory, name))),
  );
}

/** What `promtool check metrics` says of a text: its exit code, and its output. */
export async function checkMetrics(text: string): Promise<{ code: number | null; output: string }> {
  const child = execFile('promtool', ['check', 'metrics']);
  let output = '';
  const append = (chunk: string): void => {
    output += chunk;
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  child.stdin?.end(text);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** A Prometheus that scrapes one address of this machine twice a second. */
export class PrometheusServer {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #url: string;
  #log = '';

  private constructor(child: ChildProcess, directory: string, url: string) {
    this.#child = child;
    this.#directory = directory;
    this.#url = url;
    child.stderr?.on('data', (chunk) => {
      this.#log += chunk;
    });
  }

  /** @param target host and port to be scraped at `/metrics` */
  static async start(target: string): Promise<PrometheusServer> {
    const directory = await mkdtemp(join(tmpdir(), 'evenkeel-prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const configuration = {
      global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
      scrape_configs: [{ job_name: 'test', static_configs: [{ targets: [target] }] }],
    };
    // Every JSON text is YAML.
    await writeFile(join(directory, 'prometheus.yml'), JSON.stringify(configuration));
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return new PrometheusServer(child, directory, `http://${address}`);
  }

  /** The series of an instant query, once there are any: labels and value of each. */
  async query(expression: string): Promise<{ labels: Record<string, string>; value: number }[]> {
    const { result } = await this.#poll<{
      result: { metric: Record<string, string>; value: [number, string] }[];
    }>(`/api/v1/query?query=${encodeURIComponent(expression)}`, ({ result }) => result.length > 0);
    return result.map(({ metric, value: [, text] }) => ({ labels: metric, value: readNumber(text) }));
  }

  /** The error of the last scrape; empty when there was none. */
  async lastScrapeError(): Promise<string> {
    const { activeTargets } = await this.#poll<{ activeTargets: { health: string; lastError: string }[] }>(
      '/api/v1/targets?state=active',
      ({ activeTargets }) => activeTargets.some(({ health }) => health !== 'unknown'),
    );
    return activeTargets.map(({ lastError }) => lastError).join();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #poll<Data>(path: string, isReady: (data: Data) => boolean): Promise<Data> {
    const deadline = Date.now() + 15_000;
    while (Date.now() < deadline) {
      if (this.#child.exitCode !== null) break;
      const data = await this.#get<Data>(path);
      if (data && isReady(data)) return data;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Prometheus has no answer to ${path}: ${this.#log}`);
  }

  async #get<Data>(path: string): Promise<Data | undefined> {
    try {
      const response = await fetch(`${this.#url}${path}`, { signal: AbortSignal.timeout(2000) });
      return response.ok ? ((await response.json()) as { data: Data }).data : undefined;
    } catch {
      // It is not listening yet.
      return undefined;
    }
  }
}

function readNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
