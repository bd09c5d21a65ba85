import { Worker } from 'node:worker_threads';
import {
  type Clock,
  callWithTimeout,
  type Disposer,
  type Duration,
  Emitter,
  EvenkeelError,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { HealthChecker } from '../health-checker.ts';
import { STALL_WORKER } from './stall-worker.ts';

/** Options of {@link StallWatchdog}. All are optional. */
export interface StallWatchdogOptions {
  /** How long the main thread may not run before `/livez` turns to 503, in ms. @defaultValue 2000 */
  readonly threshold?: Duration;
  /** Port of `/livez`; 0 takes a free one. @defaultValue 0 */
  readonly port?: number;
  /** Address to listen on; a kubelet needs the pod's, `'0.0.0.0'`. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Whose liveness `/livez` tells too, as of the last time that the main thread ran. @defaultValue none */
  readonly checker?: HealthChecker;
  /** Where the metrics go. @defaultValue noopMeter */
  readonly meter?: Meter;
}

export interface StallWatchdogEvents {
  /** The main thread has run again after a stall of more than the threshold. */
  stall: { readonly durationMs: number };
}

/** Where a watchdog listens. */
export interface StallWatchdogAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/* The thread starts in some 30 ms; a machine under load is given a while. */
const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 1000;

/* Often enough to tell a stall from a beat that is merely due. */
const BEATS_PER_THRESHOLD = 8;
const MAX_BEAT_MS = 250;

/**
 * Answers `/livez` (also `/health/live`) from a thread of its own, so that there is an answer while the main
 * thread is stuck: 200, and 503 once it has not run for longer than the threshold. A handler in the main
 * thread cannot do so: it is silent as long as the stall lasts. The thread keeps no process alive.
 */
export class StallWatchdog extends Emitter<StallWatchdogEvents> {
  readonly #thresholdMs: number;
  readonly #port: number;
  readonly #host: string;
  readonly #checker: HealthChecker | undefined;
  readonly #clock: Clock = systemClock;
  readonly #stalls: { inc(value?: number): void };
  readonly #stalledSeconds: { inc(value?: number): void };
  readonly #beats = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #verdicts = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #starting: Promise<StallWatchdogAddress> | undefined;
  #stopBeating: Disposer = () => {};
  #beatMs = 0;

  /** @throws ConfigurationError */
  constructor(options: StallWatchdogOptions = {}) {
    const { threshold, port, host, checker, meter } = readOptions('StallWatchdog', options, {
      threshold: option.duration({ min: 10 }).default(2000),
      port: option.integer({ min: 0, max: 65_535 }).default(0),
      host: option.string().default('127.0.0.1'),
      checker: option.withMethods<HealthChecker>('getHealthSummary').optional(),
      meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    });
    super();
    this.#thresholdMs = threshold;
    this.#port = port;
    this.#host = host;
    this.#checker = checker;
    this.#stalls = meter.counter('evenkeel_health_stalls_total', {
      description: 'Times the main thread did not run for longer than the threshold.',
    });
    this.#stalledSeconds = meter.counter('evenkeel_health_stalled_seconds_total', {
      description: 'Time the main thread spent in such stalls.',
    });
  }

  /**
   * Starts the thread; idempotent. Ends when it listens.
   *
   * @throws EvenkeelError with the code `WATCHDOG_START` when it cannot listen
   */
  start(): Promise<StallWatchdogAddress> {
    this.#starting ??= this.#start().catch(async (thrown: unknown) => {
      await this.stop();
      throw thrown;
    });
    return this.#starting;
  }

  /** Closes the port and ends the thread. Idempotent. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#starting = undefined;
    this.#stopBeating();
    if (!worker) return;
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    worker.postMessage('stop');
    const late = this.#clock.setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
    worker.ref();
    await exited;
    late();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #start(): Promise<StallWatchdogAddress> {
    // A stop is no stall.
    this.#beatMs = 0;
    this.#beat();
    const periodMs = Math.min(MAX_BEAT_MS, this.#thresholdMs / BEATS_PER_THRESHOLD);
    this.#stopBeating = this.#clock.setInterval(() => this.#beat(), periodMs);
    const worker = new Worker(STALL_WORKER, {
      eval: true,
      name: 'evenkeel-watchdog',
      // What the host was started with, a loader say, is of no use to this thread and may not run there.
      execArgv: [],
      workerData: {
        beats: this.#beats,
        verdicts: this.#verdicts,
        thresholdMs: this.#thresholdMs,
        host: this.#host,
        port: this.#port,
      },
    });
    this.#worker = worker;
    const port = await callWithTimeout(() => listeningPort(worker), {
      timeoutMs: START_TIMEOUT_MS,
      what: 'the start of the watchdog',
      clock: this.#clock,
    });
    if (this.#worker !== worker) {
      throw new EvenkeelError('the watchdog was stopped while it started', { code: 'WATCHDOG_START' });
    }
    worker.unref();
    worker.on('error', (error) => this.reportError('the thread of the watchdog', error));
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return { host: this.#host, port, url: `http://${host}:${port}/livez` };
  }

  #beat(): void {
    const nowMs = this.#clock.monotonic();
    const sinceMs = nowMs - this.#beatMs;
    Atomics.store(this.#beats, 0, process.hrtime.bigint());
    Atomics.store(this.#verdicts, 0, this.#isLive() ? 1 : 0);
    if (this.#beatMs > 0 && sinceMs > this.#thresholdMs) {
      this.#stalls.inc();
      this.#stalledSeconds.inc(sinceMs / 1000);
      this.emit('stall', { durationMs: sinceMs });
    }
    this.#beatMs = nowMs;
  }

  #isLive(): boolean {
    return this.#checker?.getHealthSummary({ kind: 'liveness' }).ok ?? true;
  }
}

function listeningPort(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new EvenkeelError('the watchdog cannot listen', { code: 'WATCHDOG_START', cause }));
    worker.once('error', fail);
    worker.once('exit', fail);
    worker.once(
      'message',
      (message: { kind: 'listening'; port: number } | { kind: 'failed'; message: string }) => {
        worker.off('error', fail);
        worker.off('exit', fail);
        if (message.kind === 'listening') resolve(message.port);
        else fail(new Error(message.message));
      },
    );
  });
}
