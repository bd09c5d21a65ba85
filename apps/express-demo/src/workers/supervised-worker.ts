import { type Disposer, EvenkeelError, errorMessage, systemClock } from '@evenkeel/core';
import type { LoadBalancer } from '@evenkeel/load-balancer';
import { httpCheck } from '@evenkeel/load-balancer/http';
import { WorkerProcess } from './worker-process.ts';

/** What can be done to a worker. */
export const WORKER_COMMANDS = ['kill', 'freeze', 'slow', 'restore', 'restart'] as const;

export type WorkerCommand = (typeof WORKER_COMMANDS)[number];

/** What its supervisor knows of a worker. */
type WorkerState =
  | { readonly kind: 'starting' | 'replacing' }
  | { readonly kind: 'running'; readonly isFrozen: boolean; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly reason: string; readonly startsAt: number };

export interface WorkerSnapshot {
  readonly id: string;
  readonly pid: number | undefined;
  readonly port: number | undefined;
  readonly state: WorkerState;
  /** How often its process was started. */
  readonly starts: number;
}

export interface SupervisedWorkerOptions {
  readonly id: string;
  readonly balancer: LoadBalancer;
  /** The built `worker.ts`. */
  readonly script: URL;
  /** How long a worker that has died stays dead, the first time. */
  readonly restartDelayMs: number;
}

/** The command makes no sense in the worker's state. `code` is `WORKER_STATE`. */
class WorkerStateError extends EvenkeelError {
  override readonly name = 'WorkerStateError';
  /** Of HTTP: conflict. */
  readonly status = 409;

  constructor(id: string, command: WorkerCommand, kind: WorkerState['kind']) {
    super(`${id} is ${kind}, and cannot take the command ${command}`, { code: 'WORKER_STATE' });
  }
}

/* What a slow worker waits before each quote. */
const SLOW_MS = 150;

/* One that dies again and again stays dead for twice as long each time, up to this. */
const LONGEST_RESTART_MS = 60_000;
/* One that has lived so long begins anew. */
const CALM_MS = 60_000;

const DRAIN_MS = 2000;

const check = httpCheck({ path: '/health' });

/** {@link WorkerState}, with the process. */
type Life =
  | { readonly kind: 'starting' | 'replacing'; readonly process: WorkerProcess }
  | { readonly kind: 'running'; readonly process: WorkerProcess; readonly port: number }
  | { readonly kind: 'dead'; readonly reason: string; readonly startsAt: number };

/**
 * Keeps one worker alive, under the same id of the balancer all the time. Nothing tells the balancer that a worker has
 * died or stands still: that is for the balancer to find out.
 */
export class SupervisedWorker {
  readonly id: string;
  readonly #options: SupervisedWorkerOptions;
  #life: Life = { kind: 'dead', reason: 'not started yet', startsAt: Number.POSITIVE_INFINITY };
  #starts = 0;
  #startedMs = 0;
  /* Deaths that followed each other closely. */
  #deaths = 0;
  #cancelRestart: Disposer = () => {};
  #isStopped = false;

  constructor(options: SupervisedWorkerOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Resolves when the worker listens and the balancer knows it; rejects where it does not come up. */
  async start(): Promise<void> {
    const { balancer, script } = this.#options;
    this.#cancelRestart();
    const process = new WorkerProcess(script, this.id);
    this.#life = { kind: 'starting', process };
    this.#starts += 1;
    this.#startedMs = systemClock.monotonic();
    void process.exited.then((how) => this.#ended(process, how));
    const port = await process.listening;
    if (this.#isStopped || !this.#isAt(process, 'starting')) return;
    this.#life = { kind: 'running', process, port };
    const address = { host: '127.0.0.1', port, check };
    if (balancer.servers.includes(this.id)) balancer.updateServer(this.id, address);
    else balancer.addServer(this.id, address);
  }

  /** Ends the process and starts no other. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRestart();
    if (this.#life.kind === 'dead') return;
    const { process } = this.#life;
    process.kill();
    await process.exited;
  }

  /**
   * Resolves when it is done.
   *
   * @throws WorkerStateError
   */
  async command(command: WorkerCommand): Promise<void> {
    const { kind } = this.#life;
    if (kind === 'dead' && command === 'restore') return this.start();
    if (kind !== 'running') throw new WorkerStateError(this.id, command, kind);
    const { process } = this.#life;
    switch (command) {
      case 'kill':
        process.kill();
        await process.exited;
        return;
      case 'freeze':
        return process.freeze();
      case 'slow':
        return process.setDelay(SLOW_MS);
      case 'restore':
        process.setDelay(0);
        return process.thaw();
      case 'restart':
        return this.#replace(process);
    }
  }

  snapshot(): WorkerSnapshot {
    const life = this.#life;
    return {
      id: this.id,
      pid: life.kind === 'dead' ? undefined : life.process.pid,
      port: life.kind === 'running' ? life.port : undefined,
      state: describeLife(life),
      starts: this.#starts,
    };
  }

  /** The balancer lets the worker finish what it has, and another process takes its place. */
  async #replace(process: WorkerProcess): Promise<void> {
    this.#life = { kind: 'replacing', process };
    await this.#options.balancer.removeServer(this.id, { timeout: DRAIN_MS });
    process.kill();
    await process.exited;
    if (!this.#isStopped) await this.start();
  }

  /** A process has ended. */
  #ended(process: WorkerProcess, reason: string): void {
    if (this.#isStopped || !this.#isAt(process, 'starting', 'running')) return;
    const isCalm = systemClock.monotonic() - this.#startedMs >= CALM_MS;
    this.#deaths = isCalm ? 1 : this.#deaths + 1;
    const delayMs = Math.min(LONGEST_RESTART_MS, this.#options.restartDelayMs * 2 ** (this.#deaths - 1));
    this.#life = { kind: 'dead', reason, startsAt: systemClock.now() + delayMs };
    this.#cancelRestart = systemClock.setTimeout(() => {
      this.start().catch((error: unknown) => console.error(`workers: ${errorMessage(error)}`));
    }, delayMs);
  }

  /** Whether the process is the current one, and in one of the states. */
  #isAt(process: WorkerProcess, ...kinds: readonly Life['kind'][]): boolean {
    return this.#life.kind !== 'dead' && this.#life.process === process && kinds.includes(this.#life.kind);
  }
}

function describeLife(life: Life): WorkerState {
  if (life.kind === 'dead') return life;
  if (life.kind !== 'running') return { kind: life.kind };
  const { isFrozen, delayMs } = life.process;
  return { kind: 'running', isFrozen, delayMs };
}
