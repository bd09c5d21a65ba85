import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

/** What is done to a server beside cutting its connections. Directly, not through the proxy. */
export class Trouble {
  readonly #url: string;
  terminated = 0;
  crashes = 0;
  restarts = 0;
  #isOrphan = false;

  constructor(url: string) {
    this.#url = url;
  }

  async #with<T>(work: (client: Client) => Promise<T>): Promise<T | undefined> {
    const client = new Client({ connectionString: this.#url });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } catch {
      // It may be down just now.
      return undefined;
    } finally {
      await client.end().catch(() => {});
    }
  }

  reset(): void {
    this.terminated = 0;
    this.crashes = 0;
    this.restarts = 0;
  }

  /** Ends one of the jobs' connections, whatever it is doing. */
  async terminateOne(): Promise<void> {
    const rows = await this.#with(async (client) => {
      const result = await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jobs' order by random() limit 1",
      );
      return result.rowCount;
    });
    this.terminated += rows ?? 0;
  }

  /** Kills one of the server's processes: it ends all the others, and recovers from its log. */
  async crash(): Promise<void> {
    const pid = await this.#with(async (client) => {
      const { rows } = await client.query(
        "select pid from pg_stat_activity where application_name = 'jobs' limit 1",
      );
      return rows[0]?.pid as number | undefined;
    });
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
      this.crashes += 1;
    } catch {
      // It has just ended.
    }
  }

  /** Stops it in order, and starts it again. */
  async restart(): Promise<void> {
    if (!(await this.#control('restart'))) return;
    this.restarts += 1;
    this.#isOrphan = true;
  }

  /** For good: after a restart it is nobody's child. */
  async stop(): Promise<void> {
    if (this.#isOrphan) await this.#control('stop');
  }

  async #control(command: 'restart' | 'stop'): Promise<boolean> {
    const data = await this.#with(
      async (client) => (await client.query('show data_directory')).rows[0]?.data_directory as string,
    );
    if (data === undefined) return false;
    const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const program = join(dirname(readlinkSync(`/proc/${postmaster}/exe`)), 'pg_ctl');
    const { uid, gid } = statSync(data);
    const log = join(dirname(data), 'log');
    await run(program, [command, '-D', data, '-m', 'fast', '-l', log, '-w'], {
      uid,
      gid,
      cwd: dirname(data),
    });
    return true;
  }
}
