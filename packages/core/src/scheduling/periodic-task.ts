/// <reference lib="esnext.disposable" />
import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/disposer.ts';
import { type Field, option, readOptions, readValue } from '../options/index.ts';
import { isThenable } from './is-thenable.ts';

export interface PeriodicTaskOptions {
  /** Time from the start of one run to the start of the next, in ms; at least 1. */
  readonly intervalMs: number;
  /** Whether the first run begins right after `start()` rather than one interval later. @defaultValue false */
  readonly immediate?: boolean;
  /**
   * Delays each run at random by up to this part of the interval, 0 to 1, so that many tasks don't run at once.
   * The delays don't add up: the next run counts from where this one was due without. @defaultValue 0
   */
  readonly jitter?: number;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Source of the jitter, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
  /** Learns what a run threw; the task goes on. What it throws itself is ignored. @defaultValue ignored */
  readonly onError?: (error: unknown) => unknown;
}

/* Below a millisecond timers are not exact. */
const INTERVAL: Field<number> = option.number({ min: 1 });

/**
 * Runs a function periodically and never twice at once: when a run outlasts the interval, the runs that would
 * have begun meanwhile are left out and counted in `skipped`. Keeps no process alive.
 *
 * A run that never ends keeps all others from beginning, and `stop` waiting: limit it with `callWithTimeout`.
 * A run may call `stop` and `runNow` of its own task, but must not await them: they wait for the run.
 */
export class PeriodicTask {
  readonly #run: () => unknown;
  readonly #immediate: boolean;
  readonly #jitter: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onError: (error: unknown) => unknown;
  #intervalMs: number;
  /* When the next run is due, on the grid of intervals; and when it is to begin, which jitter makes later. */
  #dueMs = 0;
  #plannedMs = 0;
  #cancel: Disposer | undefined;
  #inFlight: Promise<void> | undefined;
  #skipped = 0;

  /** @throws ConfigurationError */
  constructor(run: () => unknown, options: PeriodicTaskOptions) {
    const read = readOptions('PeriodicTask', options, {
      intervalMs: INTERVAL,
      immediate: option.boolean().default(false),
      jitter: option.number({ min: 0, max: 1 }).default(0),
      clock: option.withMethods<Clock>('monotonic', 'setTimeout').default(systemClock),
      random: option.callback<() => number>().default(Math.random),
      onError: option.callback<(error: unknown) => unknown>().default(() => {}),
    });
    this.#run = readValue('PeriodicTask', 'run', run, option.callback<() => unknown>());
    this.#intervalMs = read.intervalMs;
    this.#immediate = read.immediate;
    this.#jitter = read.jitter;
    this.#clock = read.clock;
    this.#random = read.random;
    this.#onError = read.onError;
  }

  /** Whether it is started; a run may be under way before and after. */
  get isRunning(): boolean {
    return this.#cancel !== undefined;
  }

  /** Runs left out because the one before had not ended, or because their timer came an interval late. */
  get skipped(): number {
    return this.#skipped;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /**
   * Changes the interval; a run that is not due yet is moved accordingly, at the earliest to now.
   *
   * @throws ConfigurationError
   */
  set intervalMs(intervalMs: number) {
    const lastDueMs = this.#dueMs - this.#intervalMs;
    this.#intervalMs = readValue('PeriodicTask', 'intervalMs', intervalMs, INTERVAL);
    const nowMs = this.#clock.monotonic();
    if (!this.#cancel || this.#dueMs <= nowMs) return;
    this.#cancel();
    this.#dueMs = Math.max(nowMs, lastDueMs + this.#intervalMs);
    this.#wait();
  }

  /** Idempotent. */
  start(): void {
    if (this.#cancel) return;
    this.#dueMs = this.#clock.monotonic() + (this.#immediate ? 0 : this.#intervalMs);
    this.#wait();
  }

  /** Begins no further run and waits for the one under way. Idempotent. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#inFlight;
  }

  /** Stops it at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Runs now, whether started or not, or joins the run under way. Never rejects. */
  runNow(): Promise<void> {
    if (this.#inFlight) return this.#inFlight;
    let resolve = (): void => {};
    const ended = new Promise<void>((done) => {
      resolve = done;
    });
    const end = (): void => {
      this.#inFlight = undefined;
      resolve();
    };
    // Before the run begins: it may ask for itself.
    this.#inFlight = ended;
    try {
      const result = this.#run();
      if (isThenable(result)) {
        Promise.resolve(result).then(end, (error: unknown) => {
          this.#report(error);
          end();
        });
      } else {
        end();
      }
    } catch (error) {
      this.#report(error);
      end();
    }
    return ended;
  }

  #wait(): void {
    this.#plannedMs = this.#dueMs + this.#jitter * this.#intervalMs * this.#random();
    const delayMs = Math.max(0, this.#plannedMs - this.#clock.monotonic());
    this.#cancel = this.#clock.setTimeout(() => this.#tick(), delayMs);
  }

  #tick(): void {
    // A timer that comes late (a blocked loop, a suspended machine) leaves runs out rather than catching up.
    const lateMs = this.#clock.monotonic() - this.#plannedMs;
    const missed = Math.max(0, Math.floor(lateMs / this.#intervalMs));
    this.#skipped += missed;
    this.#dueMs += (missed + 1) * this.#intervalMs;
    this.#wait();
    if (this.#inFlight) this.#skipped += 1;
    else void this.runNow();
  }

  #report(error: unknown): void {
    try {
      const result = this.#onError(error);
      if (isThenable(result)) Promise.resolve(result).catch(() => {});
    } catch {
      // There is nobody left to tell.
    }
  }
}
