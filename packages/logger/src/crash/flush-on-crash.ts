import { type Clock, callWithTimeout, type Disposer, option, readOptions, systemClock } from '@evenkeel/core';
import { keepAlive } from '../drain/keep-alive.ts';

/** What is to be saved before the process ends; `Drain` is one. */
interface Flushable {
  /** Gives whether all is written. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Writes what it can right now. */
  flushSync(): void;
  statistics(): { readonly waiting: number };
}

interface CrashFlushOptions {
  /** Asked each time. */
  readonly targets: () => Iterable<Flushable>;
  /** Told of an uncaught error first, for what is to be recorded of it. What it throws is ignored. @defaultValue none */
  readonly onUncaught?: (error: unknown, origin: string) => unknown;
  /** How long writing may keep a process that was told to end, or has nothing else to do. @defaultValue '3s' */
  readonly timeout?: number | string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type Signal = (typeof SIGNALS)[number];

/* Marks our listeners, in whichever copy of this package, from those of the application. */
const MARK = Symbol.for('@evenkeel/logger: crash guard');

/**
 * Writes what is left when a process ends:
 *
 * - on an uncaught error or rejection, at once, before the process dies or a handler of the application's goes on
 * - on SIGTERM and SIGINT: where the application has a handler, that decides, and what there is is written meanwhile;
 *   where it has none, the process writes for at most `timeout`, then dies of the same signal, as it would without us;
 *   at once at a second signal
 * - when the process has nothing left to do, for at most `timeout`
 * - on `process.exit()`, at once
 *
 * "At once" is for sinks that can write synchronously. Nothing helps against SIGKILL. Returns what stops it.
 *
 * @throws ConfigurationError
 */
export function flushOnCrash(options: CrashFlushOptions): Disposer {
  const guard = new CrashGuard(options);
  guard.start();
  return () => guard.stop();
}

class CrashGuard {
  readonly #targets: () => Iterable<Flushable>;
  readonly #onUncaught: (error: unknown, origin: string) => unknown;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #signalListeners: ReadonlyMap<Signal, () => void>;
  /*
   * Whether the last wait for the sinks was in vain, before the process was to end by itself: they do not write, or
   * what they do is recorded itself, which would go on for ever.
   */
  #hasGivenUp = false;

  constructor(options: CrashFlushOptions) {
    const read = readOptions('flushOnCrash', options, {
      targets: option.callback<() => Iterable<Flushable>>(),
      onUncaught: option.callback<(error: unknown, origin: string) => unknown>().default(() => {}),
      timeout: option.duration().default(3000),
      clock: option.withMethods<Clock>('setTimeout').default(systemClock),
    });
    this.#targets = read.targets;
    this.#onUncaught = read.onUncaught;
    this.#timeoutMs = read.timeout;
    this.#clock = read.clock;
    this.#signalListeners = new Map(SIGNALS.map((signal) => [signal, this.#signalListener(signal)]));
  }

  start(): void {
    process.on('uncaughtExceptionMonitor', this.#uncaught);
    process.on('beforeExit', this.#beforeExit);
    process.on('exit', this.#flushSync);
    // First, to see who else listens: one that listens once is gone afterwards.
    for (const [signal, listener] of this.#signalListeners) process.prependListener(signal, listener);
  }

  /** Idempotent. */
  stop(): void {
    process.off('uncaughtExceptionMonitor', this.#uncaught);
    process.off('beforeExit', this.#beforeExit);
    process.off('exit', this.#flushSync);
    for (const [signal, listener] of this.#signalListeners) process.off(signal, listener);
  }

  readonly #flushSync = (): void => {
    for (const target of this.#targets()) target.flushSync();
  };

  readonly #uncaught = (error: unknown, origin: string): void => {
    try {
      this.#onUncaught(error, origin);
    } catch {
      // There is an error under way already.
    }
    this.#flushSync();
  };

  /** Called again when what it has begun is done. */
  readonly #beforeExit = (): void => {
    if (this.#hasGivenUp || !this.#isWaiting) return;
    void this.#flush().then((isFlushed) => {
      this.#hasGivenUp = !isFlushed || this.#isWaiting;
    });
  };

  get #isWaiting(): boolean {
    return [...this.#targets()].some((target) => target.statistics().waiting > 0);
  }

  #signalListener(signal: Signal): () => void {
    let isDying = false;
    const listener = (): void => {
      if (hasHandler(signal)) {
        void this.#flush();
      } else if (isDying) {
        this.#die(signal, listener);
      } else {
        isDying = true;
        void this.#flush().then(() => this.#die(signal, listener));
      }
    };
    return Object.assign(listener, { [MARK]: true });
  }

  /** The last of several guards sends the signal again, which then finds nobody to stop it. */
  #die(signal: Signal, listener: () => void): void {
    this.#flushSync();
    if (!process.listeners(signal).includes(listener)) return;
    process.off(signal, listener);
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }

  /** Keeps the process alive meanwhile. Gives whether all is written; never rejects. */
  async #flush(): Promise<boolean> {
    const letGo = keepAlive();
    const timeoutMs = this.#timeoutMs;
    const flushAll = () => Promise.all(Array.from(this.#targets(), (target) => target.flush(timeoutMs)));
    try {
      const flushed = await callWithTimeout(flushAll, { timeoutMs, what: 'flush', clock: this.#clock });
      return flushed.every((isFlushed) => isFlushed);
    } catch {
      return false;
    } finally {
      letGo();
    }
  }
}

/** Whether anybody but guards listens. */
function hasHandler(signal: Signal): boolean {
  return process.listeners(signal).some((listener) => !(MARK in listener));
}
