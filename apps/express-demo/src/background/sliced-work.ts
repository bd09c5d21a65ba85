import { type Clock, type Disposer, errorMessage, systemClock } from '@evenkeel/core';
import type { BackgroundJob } from './background-job.ts';

export interface SlicedWorkOptions {
  /** Part of the time that slices may take at a share of 1, above 0 and up to 1. */
  readonly appetite: number;
  readonly clock?: Clock;
}

/* Requests come in between, whatever the share is. */
const SHORTEST_REST_MS = 1;

/* A slice that was slow once must not put the next one off for minutes. */
const LONGEST_REST_MS = 10_000;

/* A job that fails is tried again after a second, then two, up to a minute. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Runs a job in slices, each followed by a rest in proportion to what it took: the job takes its part of the time
 * and no more, however long its slices are. A slice that waits for the database counts with its wait, so that
 * a database which is busy with requests is left to them.
 */
export class SlicedWork {
  readonly job: BackgroundJob;
  readonly #appetite: number;
  readonly #clock: Clock;
  #isRunning = false;
  #share = 1;
  #slice: Promise<void> | undefined;
  #cancelRest: Disposer = () => {};
  #failuresInARow = 0;
  #failure: string | undefined;

  constructor(job: BackgroundJob, { appetite, clock = systemClock }: SlicedWorkOptions) {
    this.job = job;
    this.#appetite = appetite;
    this.#clock = clock;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What the latest slice failed with; `undefined` where it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Does all of its work from now on: also after `stop()` or a smaller share. Idempotent. */
  start(): void {
    this.setShare(1);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // A slice that is still under way goes on to the next by itself.
    if (!this.#slice) this.#restFor(0);
  }

  /** Does a share of its work, from above 0 to 1. */
  setShare(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    this.job.scale?.(share);
  }

  /** Begins no further slice, waits for the one under way, and has the job let go of what it holds. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancelRest();
    await this.#slice;
    if (!this.#isRunning) this.job.release();
  }

  #restFor(ms: number): void {
    this.#cancelRest = this.#clock.setTimeout(() => {
      this.#slice = this.#runSlice();
    }, ms);
  }

  /** Never rejects. */
  async #runSlice(): Promise<void> {
    const startedMs = this.#clock.monotonic();
    try {
      await this.job.work();
      this.#failuresInARow = 0;
      this.#failure = undefined;
    } catch (thrown) {
      this.#failuresInARow += 1;
      this.#failure = errorMessage(thrown);
    }
    this.#slice = undefined;
    if (this.#isRunning) this.#restFor(this.#restMs(this.#clock.monotonic() - startedMs));
  }

  #restMs(tookMs: number): number {
    if (this.#failuresInARow > 0) {
      return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failuresInARow - 1));
    }
    const fairMs = tookMs * (1 / (this.#appetite * this.#share) - 1);
    return Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, fairMs));
  }
}
