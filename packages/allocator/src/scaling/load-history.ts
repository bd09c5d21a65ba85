import { type Duration, option, RingBuffer, readOptions } from '@evenkeel/core';
import { type LoadReading, type LoadSample, requestLoad } from './load-sample.ts';

/** Options of {@link LoadHistory}. */
export interface LoadHistoryOptions {
  /** Time that a sample covers at least; readings that come sooner are taken together. @defaultValue 5000 */
  readonly interval?: Duration;
  /** Samples that are kept. @defaultValue 360, which are 30 minutes */
  readonly capacity?: number;
}

interface LoadHistorySettings {
  readonly interval: number;
  readonly capacity: number;
}

/** The load of this replica in the recent past, from what is read at each tick. */
export class LoadHistory {
  readonly #intervalMs: number;
  readonly #samples: RingBuffer<LoadSample>;
  #from: LoadReading | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #cpuSum = 0;
  #cpuReadings = 0;

  /** @throws ConfigurationError */
  constructor(options?: LoadHistoryOptions) {
    const { interval, capacity } = readOptions<LoadHistorySettings>('LoadHistory', options, {
      interval: option.duration({ min: 1 }).default(5000),
      capacity: option.integer({ min: 1 }).default(360),
    });
    this.#intervalMs = interval;
    this.#samples = new RingBuffer(capacity);
  }

  /** Oldest first. */
  get samples(): LoadSample[] {
    return this.#samples.toArray();
  }

  /**
   * Takes a reading in.
   *
   * @param replicas how many share the load now
   */
  add(reading: LoadReading, replicas: number): void {
    const { timeMs, admission, cpu } = reading;
    if (!Number.isFinite(timeMs) || timeMs <= this.#lastMs) return;
    this.#lastMs = timeMs;
    if (cpu !== undefined && cpu.utilization >= 0 && cpu.utilization < Infinity) {
      this.#cpuSum += cpu.utilization;
      this.#cpuReadings += 1;
    }
    if (!this.#from) {
      this.#begin(reading);
      return;
    }
    const intervalMs = timeMs - this.#from.timeMs;
    if (intervalMs < this.#intervalMs) return;
    this.#samples.push({
      timeMs,
      replicas: Number.isSafeInteger(replicas) && replicas >= 1 ? replicas : 1,
      cpu: this.#cpuReadings > 0 ? this.#cpuSum / this.#cpuReadings : undefined,
      requests: requestLoad(this.#from.admission, admission, intervalMs),
    });
    this.#begin(reading);
  }

  #begin(reading: LoadReading): void {
    this.#from = reading;
    this.#cpuSum = 0;
    this.#cpuReadings = 0;
  }
}
