import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '@evenkeel/core';
import type { Collector } from '../collectors/collector.ts';
import type { EventLoopReading } from '../collectors/readings.ts';
import { type DelayReader, EventLoopDelay } from './event-loop-delay.ts';

export interface EventLoopCollectorOptions {
  readonly clock?: Clock;
  /** Time between two samples of the delay, in ms. @defaultValue 20 */
  readonly resolutionMs?: number;
}

/* Over a shorter time the loop has been doing just what led to the reading. */
const SHORTEST_INTERVAL_MS = 50;

/**
 * Delay and utilisation of the event loop since this collector's previous reading. The delay is measured from
 * `start` to `stop`; a utilisation asked for within 50 ms of the previous one repeats it.
 */
export class EventLoopCollector implements Collector<EventLoopReading> {
  readonly #delay: EventLoopDelay;
  readonly #reader: DelayReader;
  readonly #clock: Clock;
  #atMs: number;
  #since: EventLoopUtilization;
  #utilization: number;

  constructor({ clock = systemClock, resolutionMs = 20 }: EventLoopCollectorOptions = {}) {
    this.#clock = clock;
    this.#delay = new EventLoopDelay({ clock, resolutionMs });
    this.#reader = this.#delay.reader();
    this.#atMs = clock.monotonic();
    this.#since = performance.eventLoopUtilization();
    this.#utilization = this.#since.utilization;
  }

  start(): void {
    this.#atMs = this.#clock.monotonic();
    this.#since = performance.eventLoopUtilization();
    this.#delay.start();
  }

  stop(): void {
    this.#delay.stop();
  }

  backgroundMs(): number {
    return this.#delay.ownMs;
  }

  collect(): EventLoopReading {
    const { mean, p50, p99, max } = this.#reader.read();
    return {
      meanDelayMs: mean,
      p50DelayMs: p50,
      p99DelayMs: p99,
      maxDelayMs: max,
      utilization: this.#readUtilization(),
    };
  }

  #readUtilization(): number {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#atMs >= SHORTEST_INTERVAL_MS) {
      const now = performance.eventLoopUtilization();
      this.#utilization = performance.eventLoopUtilization(now, this.#since).utilization || 0;
      this.#since = now;
      this.#atMs = nowMs;
    }
    return this.#utilization;
  }
}
