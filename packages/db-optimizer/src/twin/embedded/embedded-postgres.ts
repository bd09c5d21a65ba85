import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Clock, type Disposer, errorMessage, toError } from '@evenkeel/core';
import { StatementError } from './statement-error.ts';
import { TwinError } from './twin-error.ts';
import { TWIN_WORKER } from './worker-code.ts';

export interface EmbeddedPostgresOptions {
  /** Names of extensions to have at hand, as in `pg_extension`; those PGlite does not bring are left out. */
  readonly extensions: readonly string[];
  /** Whether its default collation sorts by bytes, as `C` does. */
  readonly isByteOrdered: boolean;
  /** What one statement may take, in ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly id: number;
  readonly rows?: readonly unknown[];
  readonly error?: { readonly message: string; readonly code: string | undefined };
}

interface Job {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/* Making a cluster takes some 4 s; a machine under load is given a while. */
const START_TIMEOUT_MS = 120_000;

const CONFIGURATION = [
  // Else CREATE INDEX would put the row count of an empty table in place of the restored one.
  'autovacuum = off',
  'shared_buffers = 16MB',
  'max_locks_per_transaction = 256',
  'full_page_writes = off',
  'track_counts = off',
];

const require = createRequire(import.meta.url);

/**
 * PGlite in a thread of its own, on a temporary folder. The planner's work does not hold up the application's event
 * loop, what hangs can be ended, and ending it gives all its memory back. While it has work it keeps the process
 * alive; otherwise it does not.
 */
export class EmbeddedPostgres {
  /** Of its data; files may be changed while no statement runs. */
  readonly folder: string;
  /** Those that are at hand, as named in `pg_extension`. */
  readonly extensions: ReadonlySet<string>;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #jobs = new Map<number, Job>();
  readonly #onExit = (): void => removeFolder(this.folder);
  readonly #worker: Worker;
  #stopTimer: Disposer = () => {};
  #next = 0;
  #ended: Error | undefined;
  #ending: Promise<void> | undefined;

  /** @throws TwinError */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const { signal } = options;
    signal?.throwIfAborted();
    const postgres = new EmbeddedPostgres(options);
    const onAbort = (): void => postgres.#fail(toError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await postgres.#ask(undefined, START_TIMEOUT_MS);
      return postgres;
    } catch (error) {
      await postgres.close();
      signal?.throwIfAborted();
      throw new TwinError(`the embedded PostgreSQL did not start: ${errorMessage(error)}`, {
        code: 'TWIN_FAILED',
        cause: error,
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  private constructor({ extensions, isByteOrdered, timeoutMs, clock }: EmbeddedPostgresOptions) {
    const pglite = resolvePglite();
    const found = [...extensions, 'pg_buffercache'].flatMap((name) => findExtension(name));
    this.extensions = new Set(found.map(({ extension }) => extension));
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.folder = mkdtempSync(join(tmpdir(), 'evenkeel-twin-'));
    process.once('exit', this.#onExit);
    this.#worker = new Worker(TWIN_WORKER, {
      eval: true,
      name: 'evenkeel-statistics-twin',
      // What the host was started with, a loader say, is of no use to this thread and may not run there.
      execArgv: [],
      workerData: {
        pglite,
        extensions: found.map(({ name, path }) => ({ name, path })),
        options: {
          dataDir: this.folder,
          relaxedDurability: true,
          initDbStartParams: [
            // Any name but C makes musl's one order count as one that patterns can't use.
            `--locale=${isByteOrdered ? 'C' : 'en_US.UTF-8'}`,
            '--no-data-checksums',
            '--no-sync',
          ],
          postgresqlconf: CONFIGURATION,
        },
      },
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on('message', (answer: Answer) => this.#answered(answer));
    this.#worker.on('error', (cause) => this.#fail(failed(`it died: ${errorMessage(cause)}`, cause)));
    this.#worker.on('exit', (code) => this.#fail(failed(`it ended with code ${code}`)));
  }

  /** Whether it was closed, or failed. */
  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Runs one statement by the extended protocol. */
  async query<Row>(text: string, params: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#ask({ method: 'query', text, params }, this.#timeoutMs)) as readonly Row[];
  }

  /** Runs statements by the simple protocol, and gives the rows of the last. */
  async exec<Row>(text: string): Promise<readonly Row[]> {
    return (await this.#ask({ method: 'exec', text }, this.#timeoutMs)) as readonly Row[];
  }

  /** Refuses a text that is not exactly one statement the planner could be given. */
  async parse(text: string): Promise<void> {
    await this.#ask({ method: 'parse', text }, this.#timeoutMs);
  }

  /** Ends the thread and removes the folder; what is under way is rejected. Idempotent. */
  close(): Promise<void> {
    this.#fail(new TwinError('the statistics twin is closed', { code: 'TWIN_CLOSED' }));
    return this.#ending ?? Promise.resolve();
  }

  #ask(job: object | undefined, timeoutMs: number): Promise<readonly unknown[]> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = job === undefined ? 0 : ++this.#next;
    return new Promise((resolve, reject) => {
      this.#jobs.set(id, { resolve, reject });
      if (this.#jobs.size === 1) {
        this.#worker.ref();
        this.#limit(timeoutMs);
      }
      if (job) this.#worker.postMessage({ id, ...job });
    });
  }

  #answered({ id, rows = [], error }: Answer): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    this.#jobs.delete(id);
    this.#stopTimer();
    if (this.#jobs.size === 0) this.#worker.unref();
    else this.#limit(this.#timeoutMs);
    if (!error) job.resolve(rows);
    else if (error.code !== undefined) job.reject(new StatementError(error.message, error.code));
    else {
      // What is not PostgreSQL's own error has left it in disorder.
      const failure = failed(error.message);
      job.reject(failure);
      this.#fail(failure);
    }
  }

  /** A thread that hangs in the planner can't be interrupted, only ended. */
  #limit(timeoutMs: number): void {
    this.#stopTimer = this.#clock.setTimeout(() => {
      this.#fail(failed(`a statement did not finish within ${timeoutMs} ms`));
    }, timeoutMs);
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#stopTimer();
    for (const job of this.#jobs.values()) job.reject(error);
    this.#jobs.clear();
    this.#ending = this.#worker.terminate().then(() => {
      removeFolder(this.folder);
      process.removeListener('exit', this.#onExit);
    });
  }
}

function failed(what: string, cause?: unknown): TwinError {
  return new TwinError(`the embedded PostgreSQL failed: ${what}`, { code: 'TWIN_FAILED', cause });
}

function resolvePglite(): string {
  try {
    return require.resolve('@electric-sql/pglite');
  } catch (cause) {
    throw new TwinError('the statistics twin needs @electric-sql/pglite: npm install @electric-sql/pglite', {
      code: 'TWIN_NOT_AVAILABLE',
      cause,
    });
  }
}

function findExtension(extension: string): { extension: string; name: string; path: string }[] {
  const name = extension.replaceAll('-', '_');
  if (!/^\w+$/.test(name)) return [];
  try {
    return [{ extension, name, path: require.resolve(`@electric-sql/pglite/contrib/${name}`) }];
  } catch {
    return [];
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
