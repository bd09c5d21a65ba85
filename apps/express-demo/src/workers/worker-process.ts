import { type ChildProcess, fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerMessage, WorkerOrder } from './worker-messages.ts';

/* A worker that takes longer to come up is taken for broken. */
const START_LIMIT_MS = 10_000;

/*
 * Stops a process until its own input ends, and then lets it go on: also when the demo is killed, as the process could
 * not see by itself, being stopped, that its parent is gone. What ends the whole group, as Ctrl-C does, is not for it.
 */
const FREEZER = 'trap "" INT TERM HUP; kill -STOP "$0"; read -r _; kill -CONT "$0" 2>/dev/null';

/** One process of a worker, from its start to its end. */
export class WorkerProcess {
  /** Resolves to its port; rejects where it ends before it listens. */
  readonly listening: Promise<number>;
  /** Resolves to how it ended, when it has. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  #freezer: ChildProcess | undefined;
  #delayMs = 0;

  /** @param script of the built `worker.ts` */
  constructor(script: URL, id: string) {
    const child = fork(fileURLToPath(script), [id], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(signal ? `killed by ${signal}` : `ended with code ${code}`),
      );
      // Not started at all; other errors are of what was sent to it.
      child.on('error', (error) => child.pid === undefined && resolve(error.message));
    });
    const tooLate = setTimeout(() => this.kill(), START_LIMIT_MS).unref();
    this.listening = new Promise((resolve, reject) => {
      child.once('message', ({ port }: WorkerMessage) => resolve(port));
      void this.exited.then((how) => reject(new Error(`worker ${id} could not start: ${how}`)));
    });
    void this.listening.then(
      () => clearTimeout(tooLate),
      () => clearTimeout(tooLate),
    );
    void this.exited.then(() => this.thaw());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isFrozen(): boolean {
    return this.#freezer !== undefined;
  }

  /** How long it waits before it quotes. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** At once, frozen or not: SIGKILL. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** It stands still, and its connections stay open: SIGSTOP. Idempotent. */
  freeze(): void {
    if (this.#freezer || this.pid === undefined) return;
    const freezer = spawn('sh', ['-c', FREEZER, String(this.pid)], { stdio: ['pipe', 'ignore', 'inherit'] });
    const forget = (): void => {
      if (this.#freezer === freezer) this.#freezer = undefined;
    };
    freezer.once('exit', forget);
    freezer.on('error', (error) => {
      console.error(`workers: ${error.message}`);
      forget();
    });
    // It may have ended before it is told to.
    freezer.stdin.on('error', () => {});
    this.#freezer = freezer;
  }

  /** It goes on: SIGCONT. Idempotent. */
  thaw(): void {
    this.#freezer?.stdin?.end();
    this.#freezer = undefined;
  }

  setDelay(delayMs: number): void {
    this.#delayMs = delayMs;
    if (this.#child.connected) this.#child.send({ delayMs } satisfies WorkerOrder);
  }
}
