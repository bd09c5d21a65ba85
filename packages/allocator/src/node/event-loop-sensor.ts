import { performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '@evenkeel/core';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { EXHAUSTED_DELAY_MS, TimerLateness } from '../pressure/timer-lateness.ts';

export interface EventLoopSensorOptions {
  readonly clock?: Clock;
  /**
   * Times that the loop has been busy and idle so far, in ms.
   *
   * @defaultValue performance.eventLoopUtilization
   */
  readonly loopTimes?: () => { readonly active: number; readonly idle: number };
}

/* Over a shorter time the loop has been doing just what led to the reading. */
const SHORTEST_INTERVAL_MS = 50;

/*
 * A sample wakes an idle process up, which is most of what it costs. While the loop is hardly busy, one in half of
 * the shortest block that must not be missed is therefore enough; while it is, it is awake anyway.
 */
const SAMPLE_EVERY_MS = { idle: 250, busy: 50 };
const HARDLY_BUSY_RATIO = 0.1;

/**
 * The event loop since the previous reading: the part of the time in which it was busy, or its greatest delay in
 * relation to 250 ms, whichever is greater. Busy without delay up to 60 % is well; at 90 % what arrives waits for
 * ten times as long as its own work takes. One block of half a second reads as 1 to 2, whatever the loop did else,
 * and one of 30 ms as 0.12 at most. Means of either, and busy time since the start of the process, tell of neither.
 */
export class EventLoopSensor implements ResourceSensor {
  readonly resource = 'eventLoop';
  readonly #clock: Clock;
  readonly #loopTimes: () => { readonly active: number; readonly idle: number };
  readonly #lateness: TimerLateness;
  #previous: { readonly atMs: number; readonly active: number; readonly idle: number } | undefined;
  #reading: ResourceReading | undefined;

  constructor({
    clock = systemClock,
    loopTimes = () => performance.eventLoopUtilization(),
  }: EventLoopSensorOptions = {}) {
    this.#clock = clock;
    this.#loopTimes = loopTimes;
    this.#lateness = new TimerLateness(clock, SAMPLE_EVERY_MS.busy);
  }

  start(): void {
    this.#reading = undefined;
    this.#previous = this.#sample();
    this.#lateness.start();
  }

  stop(): void {
    this.#previous = undefined;
    this.#lateness.stop();
  }

  /** `undefined` while it isn't started; one so soon after another that it would measure little repeats it. */
  read(): ResourceReading | undefined {
    const before = this.#previous;
    if (!before) return undefined;
    const now = this.#sample();
    if (now.atMs - before.atMs < SHORTEST_INTERVAL_MS) return this.#reading;
    const active = Math.max(0, now.active - before.active);
    const idle = Math.max(0, now.idle - before.idle);
    // Before the loop has begun, Node counts neither.
    const busyRatio = active + idle > 0 ? active / (active + idle) : 0;
    const maxDelayMs = this.#lateness.take(SAMPLE_EVERY_MS[busyRatio < HARDLY_BUSY_RATIO ? 'idle' : 'busy']);
    this.#previous = now;
    this.#reading = {
      utilization: Math.max(busyRatio, maxDelayMs / EXHAUSTED_DELAY_MS),
      evidence: { busyRatio, maxDelayMs },
    };
    return this.#reading;
  }

  #sample(): { atMs: number; active: number; idle: number } {
    const { active, idle } = this.#loopTimes();
    return { atMs: this.#clock.monotonic(), active, idle };
  }
}
