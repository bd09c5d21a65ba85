import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/disposer.ts';

export interface PeriodicTaskOptions {
  /** Time from the start of one run to the start of the next, in ms. */
  readonly intervalMs: number;
  /** Whether the first run begins at `start()` rather than one interval later. @defaultValue false */
  readonly immediate?: boolean;
  /** Spreads runs at random by up to this part of the interval, so that many tasks don't run at once. @defaultValue 0 */
  readonly jitter?: number;
  readonly clock?: Clock;
  /** Source of the jitter, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
  /** Learns what a run threw; the task goes on. @defaultValue ignored */
  readonly onError?: (error: unknown) => void;
}

/**
 * Runs a function periodically and never twice at once: when a run outlasts the interval, the runs that would
 * have begun meanwhile are left out and counted in `skipped`. Keeps no process alive.
 */
export class PeriodicTask {
  readonly #run: () => unknown;
  readonly #options: Required<Omit<PeriodicTaskOptions, 'intervalMs'>>;
  #intervalMs: number;
  #dueMs = 0;
  #cancel: Disposer | undefined;
  #inFlight: Promise<void> | undefined;
  #skipped = 0;

  constructor(
    run: () => unknown,
    {
      intervalMs,
      immediate = false,
      jitter = 0,
      clock = systemClock,
      random = Math.random,
      onError = () => {},
    }: PeriodicTaskOptions,
  ) {
    this.#run = run;
    this.#intervalMs = Math.max(1, intervalMs);
    this.#options = { immediate, jitter, clock, random, onError };
  }

  get isRunning(): boolean {
    return this.#cancel !== undefined;
  }

  /** Runs left out because the one before had not ended. */
  get skipped(): number {
    return this.#skipped;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Changes the interval; the run that is waited for is moved accordingly. */
  set intervalMs(intervalMs: number) {
    const startedMs = this.#dueMs - this.#intervalMs;
    this.#intervalMs = Math.max(1, intervalMs);
    if (!this.#cancel) return;
    this.#cancel();
    this.#dueMs = Math.max(this.#options.clock.monotonic(), startedMs + this.#intervalMs);
    this.#wait();
  }

  /** Idempotent. */
  start(): void {
    if (this.#cancel) return;
    const { clock, immediate } = this.#options;
    this.#dueMs = clock.monotonic() + (immediate ? 0 : this.#intervalMs);
    this.#wait();
  }

  /** Begins no further run and waits for the one under way. Idempotent. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#inFlight;
  }

  /** Runs now, or joins the run under way. Never rejects. */
  runNow(): Promise<void> {
    this.#inFlight ??= this.#once().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  #wait(): void {
    const { clock, jitter, random } = this.#options;
    const delayMs = this.#dueMs - clock.monotonic() + jitter * this.#intervalMs * random();
    this.#cancel = clock.setTimeout(() => this.#tick(), Math.max(0, delayMs));
  }

  #tick(): void {
    const { clock } = this.#options;
    // A timer that comes late (a blocked loop, a suspended machine) leaves runs out rather than catching up.
    const late = Math.max(0, Math.floor((clock.monotonic() - this.#dueMs) / this.#intervalMs));
    this.#dueMs += (late + 1) * this.#intervalMs;
    this.#wait();
    this.#skipped += late;
    if (this.#inFlight) this.#skipped += 1;
    else void this.runNow();
  }

  async #once(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
