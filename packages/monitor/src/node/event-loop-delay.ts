import { performance } from 'node:perf_hooks';
import { type Clock, type Disposer, QuantileSketch, systemClock } from '@evenkeel/core';

/** Delays of the event loop, in ms. All 0 where nothing was measured. */
export interface DelayStatistics {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  /** The longest, one that still goes on included. */
  readonly max: number;
}

/** Sees the delays since its own previous reading; what others read doesn't matter to it. */
export interface DelayReader {
  read(): DelayStatistics;
  /** Ends the reader. */
  close(): void;
}

export interface EventLoopDelayOptions {
  readonly clock?: Clock;
  /** Time between two samples, in ms: a delay is known to within this. @defaultValue 20 */
  readonly resolutionMs?: number;
  /** How long the loop has waited for events so far, in ms. @defaultValue performance.eventLoopUtilization().idle */
  readonly idleMs?: () => number;
}

interface Accumulation {
  readonly delays: QuantileSketch;
  maxMs: number;
}

/* Two minutes at the default resolution: a longer delay goes into mean and quantiles as one of these. */
const MAX_SAMPLES_PER_DELAY = 6000;

/* From so many times the resolution on, what the loop did in the time before the block is small beside it. */
const LONG_BLOCK = 5;

/**
 * Measures by how much the event loop is late, with a timer that does not hold the process: what is recorded is
 * the time beyond the one it asked for, so an idle loop reads close to 0.
 *
 * A block begins somewhere between two samples. The time beyond is therefore too short by up to the resolution,
 * and for a long block replaced by the time since the sample before in which the loop was not idle.
 *
 * A blocked loop delays all that falls due meanwhile, not only the one sample that finds out. The samples that
 * were left out are therefore added with the delay each would have seen (the correction for coordinated
 * omission of HdrHistogram, G. Tene), so that mean and quantiles are what an event at a random moment meets.
 *
 * Nothing is ever reset but a reader's own accumulation, so no block falls between two readings: one that goes
 * on while it is read counts in `max` with its length so far, and in the next reading in full.
 */
export class EventLoopDelay {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #readers = new Set<Accumulation>();
  #cancel: Disposer | undefined;
  readonly #idleMs: () => number;
  #previousMs = 0;
  #previousIdleMs = 0;
  #ownMs = 0;

  constructor({
    clock = systemClock,
    resolutionMs = 20,
    idleMs = () => performance.eventLoopUtilization().idle,
  }: EventLoopDelayOptions = {}) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#resolutionMs = Math.max(1, resolutionMs);
  }

  /** Time spent sampling so far, in ms. */
  get ownMs(): number {
    return this.#ownMs;
  }

  /** Idempotent. */
  start(): void {
    if (this.#cancel) return;
    this.#previousMs = this.#clock.monotonic();
    this.#previousIdleMs = this.#idleMs();
    this.#cancel = this.#clock.setInterval(() => this.#sample(), this.#resolutionMs);
  }

  /** Idempotent. A delay that goes on is recorded as far as it has come. */
  stop(): void {
    if (!this.#cancel) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#record(this.#lateMs(this.#clock.monotonic()));
  }

  reader(): DelayReader {
    const own: Accumulation = { delays: new QuantileSketch(), maxMs: 0 };
    this.#readers.add(own);
    return {
      read: () => {
        const lateMs = this.#cancel ? this.#lateMs(this.#clock.monotonic()) : 0;
        const { delays } = own;
        const none = delays.count === 0;
        const statistics: DelayStatistics = {
          mean: none ? 0 : delays.mean,
          p50: none ? 0 : delays.quantile(0.5),
          p99: none ? 0 : delays.quantile(0.99),
          max: Math.max(own.maxMs, lateMs),
        };
        delays.reset();
        own.maxMs = 0;
        return statistics;
      },
      close: () => {
        this.#readers.delete(own);
      },
    };
  }

  #lateMs(nowMs: number): number {
    const sinceMs = nowMs - this.#previousMs;
    const lateMs = Math.max(0, sinceMs - this.#resolutionMs);
    if (lateMs < LONG_BLOCK * this.#resolutionMs) return lateMs;
    const busyMs = sinceMs - (this.#idleMs() - this.#previousIdleMs);
    return Math.max(lateMs, Math.min(sinceMs, busyMs));
  }

  #sample(): void {
    const nowMs = this.#clock.monotonic();
    this.#record(this.#lateMs(nowMs));
    this.#previousMs = nowMs;
    this.#previousIdleMs = this.#idleMs();
    this.#ownMs += this.#clock.monotonic() - nowMs;
  }

  #record(lateMs: number): void {
    const samples = Math.min(Math.ceil(lateMs / this.#resolutionMs), MAX_SAMPLES_PER_DELAY) || 1;
    for (const own of this.#readers) {
      if (lateMs > own.maxMs) own.maxMs = lateMs;
      for (let index = 0; index < samples; index++) own.delays.add(lateMs - index * this.#resolutionMs);
    }
  }
}
